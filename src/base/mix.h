/* The finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection of 64-bit words that changes half the bits for
 * each changed bit. The result is the same on every machine. */
#ifndef HARSANYI_BASE_MIX_H
#define HARSANYI_BASE_MIX_H

#include <stdint.h>

static inline uint64_t mix(uint64_t word) {
    word += 0x9e3779b97f4a7c15u;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
    return word ^ (word >> 31);
}

#endif

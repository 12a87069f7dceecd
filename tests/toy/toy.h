/* A test that includes this is linked with toy/family_list.c: it has two families, of one and of two kinds. */
#ifndef HARSANYI_TESTS_TOY_TOY_H
#define HARSANYI_TESTS_TOY_TOY_H

enum { TOY = 1, TOY_KINDS = 2, ALL_KINDS = 3 }; /* the family's number, and how many kinds there are */

#endif

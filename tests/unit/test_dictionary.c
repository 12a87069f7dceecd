/* The most frequent masks in their order and by mask. */
#include "stats/dictionary.h"

#include "base/failure.h"
#include "support/test.h"

/* Mask m is salient in COUNTS[m] samples. */
static const uint32_t COUNTS[] = {0, 3, 0, 7, 3, 1, 7, 2};
enum { MASKS = sizeof COUNTS / sizeof *COUNTS };

static dictionary_t dictionary_of(size_t most) {
    dictionary_t dictionary;
    failure_t why;
    assert_int_equal(dictionary_create(most, &dictionary, &why), STATUS_OK);
    for (mask_t mask = 0; mask < MASKS; mask++)
        dictionary_offer(&dictionary, mask, COUNTS[mask]);
    dictionary_close(&dictionary);
    return dictionary;
}

TEST(the_most_frequent_come_first) {
    static const mask_t EXPECTED[] = {3, 6, 1, 4, 7, 5};
    for (size_t most = 1; most < 10; most++) {
        dictionary_t dictionary = dictionary_of(most);
        assert_int_equal(dictionary.count, most < 6 ? most : 6);
        for (size_t rank = 0; rank < dictionary.count; rank++) {
            assert_int_equal(dictionary.ranked[rank].mask, EXPECTED[rank]);
            assert_true(dictionary.ranked[rank].effect == COUNTS[EXPECTED[rank]]);
        }
        dictionary_free(&dictionary);
    }
}

TEST(a_word_of_a_bitmap_is_looked_up_at_once) {
    static const mask_t OFFERED[] = {1, 63, 64, 70, 4096};
    mask_t found[64];
    uint32_t ranks[64];
    failure_t why;
    dictionary_t dictionary;
    assert_int_equal(dictionary_create(8, &dictionary, &why), STATUS_OK);
    for (size_t i = 0; i < 5; i++)
        dictionary_offer(&dictionary, OFFERED[i], (uint32_t)i + 1);
    dictionary_close(&dictionary);
    assert_int_equal(dictionary.word_count, 3);
    assert_int_equal(dictionary.words[1].word, 1);
    assert_int_equal(dictionary_look_up(&dictionary.words[1], UINT64_MAX, found, ranks), 2);
    assert_int_equal(found[0], 64);
    assert_int_equal(ranks[0], 2);
    assert_int_equal(found[1], 70);
    assert_int_equal(ranks[1], 1);
    assert_int_equal(dictionary_look_up(&dictionary.words[0], UINT64_C(1) << 63 | 4, found, ranks), 1);
    assert_int_equal(found[0], 63);
    assert_int_equal(dictionary_look_up(&dictionary.words[2], 2, found, ranks), 0);
    dictionary_free(&dictionary);
}

/* Of the k most frequent masks, for k = 1, 2, 5: as looking each mask up gives. */
TEST(hits_are_counted_by_k) {
    static const uint64_t POSITIVE[] = {UINT64_C(1) << 63, 0, 1 << 6}, NEGATIVE[] = {2, 0, 1};
    static const mask_t OFFERED[] = {1, 63, 64, 128, 134, 4096}; /* 4096 is the most frequent one */
    uint64_t hits[STEPS_MAX] = {0};
    failure_t why;
    dictionary_t dictionary;
    assert_int_equal(dictionary_create(6, &dictionary, &why), STATUS_OK);
    assert_int_equal(dictionary.steps, 3);
    for (size_t i = 0; i < 6; i++)
        dictionary_offer(&dictionary, OFFERED[i], (uint32_t)i + 1);
    dictionary_close(&dictionary);
    salient_words_t bits = {POSITIVE, NEGATIVE, 0, 3};
    assert_int_equal(dictionary_hits(&dictionary, 0, &bits, hits), 3);
    assert_int_equal(hits[0], 0);
    assert_int_equal(hits[1], 1); /* 134 */
    assert_int_equal(hits[2], 3); /* 128, 63 */
    bits = (salient_words_t){NEGATIVE + 2, POSITIVE + 2, 64, 65};
    assert_int_equal(dictionary_hits(&dictionary, 3, &bits, hits), 4); /* adds the one with mask 4096 */
    assert_true(hits[0] == 1 && hits[1] == 2 && hits[2] == 4);
    dictionary_free(&dictionary);
}

TEST(it_can_be_filled_again) {
    dictionary_t dictionary = dictionary_of(4);
    dictionary_clear(&dictionary);
    dictionary_close(&dictionary);
    assert_int_equal(dictionary.count, 0);
    dictionary_offer(&dictionary, 9, 1);
    dictionary_close(&dictionary);
    assert_int_equal(dictionary.count, 1);
    assert_int_equal(dictionary.word_count, 1);
    assert_int_equal(dictionary.words[0].masks, 1 << 9);
    assert_int_equal(dictionary.words[0].rank[9], 0);
    dictionary_free(&dictionary);
}

int main(void) {
    return run_all(NULL, NULL);
}

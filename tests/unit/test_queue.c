/* run/queue: items come out in order, to a thread that ends when it is told to, and waits no longer than it should. */
#include "base/clock.h"
#include "run/queue.h"
#include "support/test.h"

enum { ITEMS = 1000 };

typedef struct {
    queue_t *queue;
    int taken;
    bool right;
} taker_t;

static void take_all(void *self) {
    taker_t *taker = self;
    for (int item; queue_take(taker->queue, &item, INFINITY); taker->taken++)
        taker->right = taker->right && item == taker->taken;
}

TEST(all_that_waits_is_taken_in_order) {
    taker_t taker = {.queue = queue_create(sizeof(int), "a test"), .right = true};
    failure_t why;
    for (int i = 0; i < ITEMS; i++) {
        if (i == ITEMS / 2)
            assert_ok(queue_start(taker.queue, take_all, &taker, &why));
        queue_put(taker.queue, &i, 0);
    }
    assert_false(queue_ended(taker.queue));
    queue_close(taker.queue, false);
    queue_join(taker.queue);
    assert_true(queue_ended(taker.queue) && taker.right);
    assert_int_equal(taker.taken, ITEMS);
    queue_destroy(&taker.queue);
    assert_null(taker.queue);
}

TEST(what_waits_may_be_dropped) {
    taker_t taker = {.queue = queue_create(sizeof(int), "a test")};
    failure_t why;
    int item = 0;
    queue_put(taker.queue, &item, 5);
    queue_put(taker.queue, &item, 7);
    assert_int_equal(queue_weight(taker.queue), 12);
    assert_true(queue_take(taker.queue, &item, 0));
    assert_int_equal(queue_weight(taker.queue), 7);
    queue_close(taker.queue, true);
    assert_true(queue_closed(taker.queue));
    assert_non_null(queue_peek(taker.queue));
    assert_ok(queue_start(taker.queue, take_all, &taker, &why));
    queue_join(taker.queue);
    assert_int_equal(taker.taken, 0);
    queue_destroy(&taker.queue);
}

TEST(nobody_waits_for_long) {
    queue_t *queue = queue_create(sizeof(int), "a test");
    int item;
    double began = clock_seconds();
    assert_false(queue_take(queue, &item, 0));
    assert_false(queue_take(queue, &item, began + 0.1));
    double took = clock_seconds() - began;
    assert_true(took >= 0.1 && took < 10);
    assert_null(queue_peek(queue));
    queue_destroy(&queue);
}

TEST(the_first_failure_is_kept) {
    queue_t *queue = queue_create(1, "a test");
    failure_t first, second, why;
    assert_int_equal(queue_check(queue, &why), STATUS_OK);
    failed(&first, STATUS_INPUT, "first");
    failed(&second, STATUS_INTERNAL, "second");
    queue_fail(queue, &first);
    queue_fail(queue, &second);
    assert_int_equal(queue_check(queue, NULL), STATUS_INPUT);
    assert_int_equal(queue_check(queue, &why), STATUS_INPUT);
    assert_string_equal(why.text, "first");
    queue_destroy(&queue);
}

int main(void) {
    return run_all(NULL, NULL);
}

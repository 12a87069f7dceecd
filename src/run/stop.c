#include "run/stop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

status_t stop_open(stop_t *stop, bool with_sigterm, failure_t *why) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if (with_sigterm)
        sigaddset(&set, SIGTERM);
    *stop = (stop_t){.signals = -1};
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || (stop->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)) < 0)
        return failed(why, STATUS_INTERNAL, "cannot set up signals: %s", strerror(errno));
    return STATUS_OK;
}

bool stop_asked(stop_t *stop, const char *stop_file, double now) {
    struct signalfd_siginfo info;
    if (!stop->why && read(stop->signals, &info, sizeof info) == (ssize_t)sizeof info)
        stop->why = info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGUSR1";
    if (!stop->why && stop_file && now - stop->looked >= 1.0) {
        stop->looked = now;
        if (access(stop_file, F_OK) == 0)
            stop->why = "the stop file";
    }
    return stop->why != NULL;
}

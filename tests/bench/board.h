/* board.h - what the bench's own servers and clients tell: a file that they map and the bench reads (board.py). */
#ifndef BENCH_BOARD_H
#define BENCH_BOARD_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define BOARD_STAMPS 65536

struct board {
	uint64_t count;               /* sink: mails taken; link: EXISTS lines that went to the client */
	uint64_t bytes;               /* sink: of the mails; link: both ways */
	uint64_t connections;
	uint64_t turns;               /* link: how often the client spoke after the server */
	uint64_t stamps[BOARD_STAMPS]; /* CLOCK_MONOTONIC, ns: when each of count was said */
};

static inline uint64_t
board_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static inline struct board *
board_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct board *b = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(*b)) == 0)
		b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (b == MAP_FAILED) {
		perror(path);
		exit(3);
	}
	close(fd);
	return b;
}

/* After what is counted has been said; the count last, so that a reader finds the stamp. */
static inline void
board_stamp(struct board *b)
{
	b->stamps[b->count % BOARD_STAMPS] = board_now();
	__atomic_add_fetch(&b->count, 1, __ATOMIC_RELEASE);
}

#endif

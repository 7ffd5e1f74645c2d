/* memcpy_twice.c - how many items a second two memcpy() of the same bytes move: what svsem_ring is measured against. */

#include <sys/mman.h>
#include <time.h>

#include "tlpi_hdr.h"

int
main(int argc, char *argv[])
{
    size_t len;
    char *from, *between, *to;
    struct timespec begin, end;

    if (argc != 3)
        usageErr("%s items item-bytes\n", argv[0]);
    len = (size_t) getInt(argv[1], GN_GT_0, "items") * (size_t) getInt(argv[2], GN_GT_0, "item-bytes");
    from = mmap(NULL, 3 * len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (from == MAP_FAILED)
        errExit("mmap");
    between = from + len;
    to = between + len;
    memset(from, 1, 3 * len);       /* every page is there before the clock runs */

    clock_gettime(CLOCK_MONOTONIC, &begin);
    memcpy(between, from, len);
    memcpy(to, between, len);
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (memcmp(to, from, len) != 0)
        fatal("memcpy");
    printf("%.0f items per second\n", getInt(argv[1], 0, "items")
           / ((double) (end.tv_sec - begin.tv_sec) + (double) (end.tv_nsec - begin.tv_nsec) / 1e9));
    exit(EXIT_SUCCESS);
}

/* svsem_shm_reader.c - writes to standard output what svsem_shm_writer copies
   in.
   Chapter: docs/11-moving-data.md

   Removes set and segment when all is written, and ends with an error as soon
   as the writer dies. Source: TLPI 48.4, svshm_xfr_reader. */

#include "svsem_shm_xfr.h"

static const char operands[] =
    "[-k key] > file\n"
    "  -k key  where the two meet, whoever comes first: 1 ... 0xffffffff\n"
    "          (0x53560000 + your user ID)\n"
    "Example: ./svsem_shm_writer < ../README.md & ./svsem_shm_reader";

static void
writeAll(const char *buf, size_t len)
{
    ssize_t written;

    for (; len > 0; buf += written, len -= (size_t) written)
        if ((written = write(STDOUT_FILENO, buf, len)) == -1)
            errExit("write(standard output)");
}

/* From here on the writer may end: its semop() comes back with EIDRM, and
   `done` says that it is well. */
static void
finish(void)
{
    if (close(STDOUT_FILENO) == -1)
        errExit("close(standard output)");
    seg->done = true;
    removeOwned(false);
}

/* DOC: xfr-receive */
static void *
receiveAll(void *arg)
{
    for (unsigned got = 0;;) {
        unsigned ready = seg->put - got;
        unsigned take = min(max(ready, 1), BATCH);
        struct sembuf reserve = { .sem_num = ITEMS,
                                  .sem_op = (short) -take,
                                  .sem_flg = 0 };
        struct sembuf release = { .sem_num = SLOTS,
                                  .sem_op = (short) take,
                                  .sem_flg = 0 };

        operate(&reserve, 1);
        for (unsigned i = 0; i < take; i++, got++) {
            if (seg->len[got % NBUFS] == 0) {
                finish();
                return arg;
            }
            writeAll(seg->buf[got % NBUFS], seg->len[got % NBUFS]);
        }
        seg->got = got;
        operate(&release, 1);
    }
}

int
main(int argc, char *argv[])
{
    return transfer(keyOption(argc, argv, operands), READER, receiveAll);
}

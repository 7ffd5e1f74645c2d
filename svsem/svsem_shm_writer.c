/* svsem_shm_writer.c - copies standard input into shared memory for
   svsem_shm_reader.
   Chapter: docs/11-moving-data.md

   Ends when the reader has written all of it, and with an error as soon as the
   reader dies. Source: TLPI 48.4, svshm_xfr_writer. */

#include "svsem_shm_xfr.h"

static const char operands[] =
    "[-k key] < file\n"
    "  -k key  where the two meet, whoever comes first: 1 ... 0xffffffff\n"
    "          (0x53560000 + your user ID)\n"
    "Example: ./svsem_shm_writer < ../README.md & ./svsem_shm_reader";

/* DOC: xfr-post */
/* `taken` buffers were reserved, `len` bytes read into them: posts the filled,
   gives the others back. */
static unsigned
post(unsigned put, unsigned taken, size_t len)
{
    /* The end mark, an empty buffer, is one too. */
    unsigned used = (unsigned) (max(len, 1) + BUF_SIZE - 1) / BUF_SIZE;
    struct sembuf sops[] = {
        { .sem_num = ITEMS, .sem_op = (short) used, .sem_flg = 0 },
        { .sem_num = SLOTS, .sem_op = (short) (taken - used), .sem_flg = 0 },
    };

    for (unsigned i = 0; i < used; i++)
        seg->len[(put + i) % NBUFS] =
            (unsigned) min(len - i * BUF_SIZE, BUF_SIZE);
    seg->put = put + used;
    operate(sops, taken > used ? 2 : 1); /* +0 would be "wait for zero" */
    return used;
}

/* DOC: xfr-send */
static void *
sendAll(void *arg)
{
    ssize_t len;

    for (unsigned put = 0;;) {
        unsigned room = NBUFS - (put - seg->got), toEnd = NBUFS - put % NBUFS;
        unsigned take = min(min(max(room, 1), BATCH), toEnd);
        struct sembuf reserve = { .sem_num = SLOTS,
                                  .sem_op = (short) -take,
                                  .sem_flg = 0 };

        operate(&reserve, 1);
        len = read(STDIN_FILENO, seg->buf[put % NBUFS], take * BUF_SIZE);
        if (len == -1)
            errExit("read(standard input)");
        put += post(put, take, (size_t) len);
        if (len == 0)
            return arg;
    }
}

int
main(int argc, char *argv[])
{
    return transfer(keyOption(argc, argv, operands), WRITER, sendAll);
}

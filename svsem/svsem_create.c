/* svsem_create.c - prints the identifier of a set that it makes or finds.
   Chapter: docs/02-tools.md

   The set stays behind: svsem_rm removes it. Only a set that this process has
   made and whose identifier could not be printed is removed again. A new set is
   all zero on Linux; POSIX promises no values. Source: TLPI 45.2, 47.2 */

#include <ctype.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

enum { PROJECT = 1 }; /* ftok()'s second argument, as in the book */

static const char operands[] =
    "[-cx] {-f pathname | -k key | -p} num-sems [octal-perms]\n"
    "  -c           make the set if there is none of that key (IPC_CREAT)\n"
    "  -x           with -c: fail if there is one (IPC_EXCL)\n"
    "  -f pathname  the key is ftok(pathname, 1)\n"
    "  -k key       1 ... 0xffffffff, decimal, octal (0) or hexadecimal (0x)\n"
    "  -p           no key (IPC_PRIVATE): always a new set\n"
    "  num-sems     how many semaphores; 0 will do to find a set\n"
    "  octal-perms  0 ... 777, of a new set; 600 if not given, but none\n"
    "               without -c or -p. A set that is found keeps its own, and\n"
    "               must grant you these\n"
    "Example: ./svsem_create -c -k 0x4242 2 660";

/* Not getRange(): a key is unsigned, and where a long has 32 bits it does not
   hold them all. */
static key_t
parseKey(const char *arg)
{
    char *end;
    unsigned long key;

    errno = 0;
    key = strtoul(arg, &end, 0);
    if (!isdigit((unsigned char) arg[0]) || *end != '\0' || errno != 0 ||
        key > 0xffffffffUL)
        cmdLineErr("key must be a number from 1 to 0xffffffff, not \"%s\"\n",
                   arg);
    if (key == 0)
        cmdLineErr(
            "key 0 is IPC_PRIVATE, by which nobody can find the set again: "
            "use -p for that\n");
    return (key_t) key;
}

static key_t
fileKey(const char *pathname)
{
    key_t key;

    if (*pathname == '\0')
        cmdLineErr("pathname must not be empty\n");
    key = ftok(pathname, PROJECT);
    if (key == -1)
        errExit("ftok(\"%s\", %d)", pathname, PROJECT);
    return key;
}

/* DOC: create-or-find */
/* With -c alone the set is first asked for as a new one, because only a set
   known to be ours may be removed on an error. */
static int
makeOrFind(key_t key, int nsems, int flags)
{
    int semid;

    if (key != IPC_PRIVATE && !(flags & IPC_CREAT))
        return semget(key, nsems, flags);
    do {
        semid = OWN_SET(semget(key, nsems, flags | IPC_CREAT | IPC_EXCL));
        if (semid != -1 || errno != EEXIST || (flags & IPC_EXCL))
            return semid;
        semid = semget(key, nsems, flags & ~IPC_CREAT);
        /* it was there, and is gone: make it after all */
    } while (semid == -1 && errno == ENOENT);
    return semid;
}

static _Noreturn void
refused(key_t key)
{
    const char *why = semReason(errno);

    if (errno == ENOENT)
        why = ": no set has this key, and there was no -c";
    if (errno == EEXIST)
        why = ": there is a set of this key";
    if (errno == EINVAL)
        why =
            ": the set of this key has fewer semaphores, or there is none and "
            "num-sems is 0";

    errExit("semget(0x%08lx)%s", (unsigned long) key & 0xffffffffUL, why);
}

/* The options; operands begin at optind, one or two. False if the set shall
   have no key (-p), or else true, and the key. */
static bool
parseOptions(int argc, char *argv[], key_t *key, int *flags)
{
    const char *pathname = NULL;
    int opt, keys = 0;
    bool keyed = true;

    while ((opt = getopt(argc, argv, "+cxf:k:p")) != -1) {
        switch (opt) {
        case 'c':
            *flags |= IPC_CREAT;
            break;
        case 'x':
            *flags |= IPC_EXCL;
            break;
        case 'f':
            pathname = optarg;
            keys++;
            break;
        case 'k':
            *key = parseKey(optarg);
            keys++;
            break;
        case 'p':
            keyed = false;
            keys++;
            break;
        default:
            misuse(argv, operands);
        }
    }
    if (argc - optind < 1 || argc - optind > 2)
        misuse(argv, operands);
    if (keys != 1)
        cmdLineErr("one of -f, -k and -p is needed, and only one\n");
    if ((*flags & IPC_EXCL) && !(*flags & IPC_CREAT))
        cmdLineErr("-x needs -c: IPC_EXCL without IPC_CREAT does nothing\n");
    if (pathname != NULL)
        *key = fileKey(pathname);
    return keyed;
}

int
main(int argc, char *argv[])
{
    key_t key = IPC_PRIVATE;
    int flags = 0, nsems, semid;
    bool keyed, perms;

    checkArgs(argc, argv, 0, argc, operands);
    keyed = parseOptions(argc, argv, &key, &flags);
    perms = argc - optind == 2;
    nsems = (int) getRange(argv[optind], 0, keyed ? 0 : 1, semLimit(true),
                           "num-sems");
    if (perms)
        flags |=
            (int) getRange(argv[optind + 1], GN_BASE_8, 0, 0777, "octal-perms");
    else if (!keyed || (flags & IPC_CREAT)) /* to find a set asks for none */
        flags |= S_IRUSR | S_IWUSR;

    semid = makeOrFind(key, nsems, flags);
    if (semid == -1)
        refused(key);
    printf("%d\n", semid);
    endOutput();
    disownSet(semid); /* its identifier is known: it stays */
    exit(EXIT_SUCCESS);
}

/* tty.c - bash on pseudo-terminals: start it, type to it, and read what comes back, line by line
 *
 * Echo and output processing are off, so that only what programs print comes back. bash's prompts
 * are marks: a control character, a word that no program knows, a letter, another control
 * character. PS0 ('0') says that a command begins, PS1 ('1') that bash waits for the next, PS2
 * ('2') that the command is not complete.
 */

#include "replay.h"
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

enum { MARK = 036, MARKEND = 037 };

/* ---- starting bash ---- */

/* What a session's programs may depend on, and nothing else of the environment that this program
   was started in. */
static void
setEnvironment(void)
{
    static const char *const names[] = {
        "HOME",         "USER",         "LOGNAME",       "PATH",
        "TZ",           "TMPDIR",       "LD_PRELOAD",    "LD_LIBRARY_PATH",
        "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "SVSEM_PATIENCE"
    };
    enum { N = sizeof(names) / sizeof(names[0]) };
    const char *values[N];

    for (int i = 0; i < N; i++)
        values[i] = getenv(names[i]);
    clearenv();
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    setenv("TERM", "dumb", 1);
    setenv("LC_ALL", newlocale(LC_ALL_MASK, "C.UTF-8", NULL) == NULL ? "C" : "C.UTF-8", 1);
    for (int i = 0; i < N; i++)
        if (values[i] != NULL)
            setenv(names[i], values[i], 1);
}

static void
defaultSignals(void)
{
    sigset_t none;

    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child of a child: the terminal's foreground is its own to take. A terminal that hangs up
   tells its foreground, but not a child there that has not come to exec(): so this process is told
   by its parent's death. Without core files no "(core dumped)" depends on the machine. */
static void __attribute__((noreturn)) becomeBash(const struct run *run)
{
    static const struct rlimit noCore = { 0, 0 };

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGHUP);
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(0, getpid());
    signal(SIGTTOU, SIG_DFL);
    setrlimit(RLIMIT_CORE, &noCore);
    umask(022);
    setEnvironment();
    if (chdir(run->root) == -1 || chdir("svsem") == -1)
        dprintf(2, "%ssvsem: %s", run->root, strerror(errno));
    else if (execlp("bash", "bash", "--norc", "--noprofile", "--noediting", "-i", NULL) == -1)
        dprintf(2, "bash: %s", strerror(errno));
    _exit(127);
}

/* The session's leader: when it ends, the kernel hangs the terminal up and throws away what is on
   its way to us. So bash, which a page may tell to exit, is not the leader, but a child of it. */
static void __attribute__((noreturn))
leadSession(const struct run *run, const char *terminal, int tell)
{
    pid_t bash;
    int slave;

    defaultSignals();
    setsid();
    slave = open(terminal, O_RDWR); /* not our description of it, which must not block */
    ioctl(slave, TIOCSCTTY, 0);
    for (int fd = 0; fd < 3; fd++)
        dup2(slave, fd);
    for (int fd = 1023; fd > 2; fd--)
        if (fd != tell)
            close(fd);
    bash = fork();
    if (bash == 0) {
        close(tell);
        becomeBash(run);
    }
    if (write(tell, &bash, sizeof(bash)) == -1)
        _exit(1);
    close(tell);
    while (bash > 0 && waitpid(-1, NULL, 0) != bash)
        ;
    for (;;)
        pause();
}

/* A key that is pressed must not throw away what another process has just written: NOFLSH. */
static void
setModes(int fd)
{
    static const struct winsize size = { .ws_row = 24, .ws_col = 80 };
    struct termios tio;

    tcgetattr(fd, &tio);
    tio.c_lflag &= (tcflag_t) ~ECHO;
    tio.c_lflag |= NOFLSH;
    tio.c_oflag &= (tcflag_t) ~OPOST;
    tcsetattr(fd, TCSANOW, &tio);
    ioctl(fd, TIOCSWINSZ, &size);
}

/* The terminal's leader, which tells the PID of its bash. */
static bool
startLeader(const struct run *run, struct term *t, const char *terminal)
{
    int told[2];
    bool ok;

    if (pipe2(told, O_CLOEXEC) == -1)
        return false;
    t->leader = fork();
    if (t->leader == 0)
        leadSession(run, terminal, told[1]);
    close(told[1]);
    ok = t->leader != -1 && read(told[0], &t->bash, sizeof(t->bash)) == sizeof(t->bash) &&
         t->bash != -1;
    close(told[0]);
    return ok;
}

bool
openTerm(const struct run *run, struct term *t)
{
    char name[64], *init;

    t->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (t->master == -1 || grantpt(t->master) == -1 || unlockpt(t->master) == -1 ||
        ptsname_r(t->master, name, sizeof(name)) != 0)
        return false;
    t->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (t->slave == -1)
        return false;
    setModes(t->slave);
    if (!startLeader(run, t, name))
        return false;
    init = format(
        "set +o history; unset MAILCHECK HISTFILE; "
        "PS0=$'\\036%s0\\037' PS1=$'\\036%s1\\037' PS2=$'\\036%s2\\037'",
        run->nonce, run->nonce, run->nonce);
    typeText(t, init);
    free(init);
    return true;
}

static void
setEcho(struct term *t, bool on)
{
    struct termios tio;

    tcgetattr(t->slave, &tio);
    tio.c_lflag = on ? tio.c_lflag | ECHO | ECHOCTL : tio.c_lflag & (tcflag_t) ~ECHO;
    tcsetattr(t->slave, TCSANOW, &tio);
}

/* ---- what comes in ---- */

/* A program's time() may be a tick behind this clock, but never ahead of it. */
static void
addOut(struct run *run, struct term *t)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    APPEND(run->outs, run->nouts,
           (struct out){
               .tty = (int) (t - run->term),
               .seg = run->seg,
               .seen = ts.tv_sec,
               .text = format("%.*s", t->nline, t->line == NULL ? "" : t->line),
           });
    noteJobLine(run, &run->outs[run->nouts - 1]);
}

/* The kernel sends the signal of a key before it echoes the key. The newline by which bash ends the
   line of the echo, and what bash says of a job that the key has stopped, may then come before the
   echo. */
static void
findKeyEnd(struct run *run, struct term *t)
{
    t->keyEnd = false;
    for (int i = t->echoOut - 1; i >= t->keyOut; i--) {
        struct out *o = &run->outs[i];

        if (o->tty != (int) (t - run->term))
            continue;
        if (!isJobLine(o->text)) {
            if (o->text[0] == '\0')
                o->seg = -1;
            return;
        }
        if (!isJobEnd(o->text))
            o->seg = run->pressed;
    }
}

static void
atEcho(struct run *run, struct term *t)
{
    t->wantEcho = false;
    t->echoOut = run->nouts;
    t->keyLine = t->keyed;
    if (!t->keyed) /* the prompt has come already */
        findKeyEnd(run, t);
    t->events++;
    run->seg = run->pressed;
}

/* "^C" and the newline behind it are no output. */
static void
endLine(struct run *run, struct term *t)
{
    while (t->nline > 0 && t->line[t->nline - 1] == '\r')
        t->nline--;
    if (t->keyLine && t->nline == 0)
        t->keyEnd = false;
    else if (t->live)
        addOut(run, t);
    t->nline = 0;
    t->keyLine = false;
}

static void
addByte(struct run *run, struct term *t, char c)
{
    if (run->show && t->live) {
        putchar(c);
        run->column = c == '\n' ? 0 : run->column + 1;
    }
    if (c == '\n') {
        endLine(run, t);
        return;
    }
    APPEND(t->line, t->nline, c == '\0' ? '?' : c);
    if (t->wantEcho && t->nline >= 2 && t->line[t->nline - 2] == '^' && strchr("CZ", c) != NULL) {
        t->nline -= 2;
        if (t->nline > 0)
            endLine(run, t);
        atEcho(run, t);
    }
}

static void
atMark(struct run *run, struct term *t, char letter)
{
    if (letter == 's') {
        t->syncs++;
        return;
    }
    if (t->nline > 0)
        endLine(run, t);
    t->prompt = letter == '1';
    t->more = letter == '2';
    if (t->prompt) {
        t->live = true;
        t->keyed = t->keyLine = false;
        if (t->keyEnd && !t->wantEcho)
            findKeyEnd(run, t);
    }
    t->events++;
}

static void
feed(struct run *run, struct term *t, char c)
{
    size_t n = strlen(run->nonce);

    if (t->nmark == 0 && c != MARK) {
        addByte(run, t, c);
        return;
    }
    t->mark[t->nmark++] = c;
    if (c == MARKEND && t->nmark == n + 3 && strncmp(t->mark + 1, run->nonce, n) == 0) {
        atMark(run, t, t->mark[n + 1]);
        t->nmark = 0;
    } else if (t->nmark == n + 3 ||
               (t->nmark > 1 && t->nmark <= n + 1 && c != run->nonce[t->nmark - 2])) {
        size_t keep = c == MARK; /* a mark may begin here */

        for (size_t i = 0; i < t->nmark - keep; i++)
            addByte(run, t, t->mark[i]);
        t->mark[0] = c;
        t->nmark = keep;
    }
}

size_t
pump(struct run *run, long usec)
{
    struct timespec ts = { usec / 1000000, usec % 1000000 * 1000 };
    struct pollfd fds[NTTY];
    char buf[8192];
    size_t total = 0;

    for (int i = 0; i < run->nterms; i++)
        fds[i] = (struct pollfd){ .fd = run->term[i].master, .events = POLLIN };
    if (ppoll(fds, (nfds_t) run->nterms, &ts, NULL) <= 0)
        return 0;
    for (int i = 0; i < run->nterms; i++) {
        ssize_t n = fds[i].revents == 0 ? 0 : read(fds[i].fd, buf, sizeof(buf));

        for (ssize_t j = 0; j < n; j++)
            feed(run, &run->term[i], buf[j]);
        total += n > 0 ? (size_t) n : 0;
    }
    run->bytes += total;
    if (run->show)
        fflush(stdout);
    return total;
}

void
awaitJob(struct run *run, struct term *t, double deadline)
{
    pid_t group = -1;

    while (group <= 0 && !t->prompt && !t->gone && !interrupted && seconds() < deadline) {
        group = tcgetpgrp(t->master);
        if (group == t->bash)
            group = 0;
        if (group <= 0)
            pump(run, 100);
        collect(run);
    }
    t->job = max(group, 0);
}

bool
awaitEvent(struct run *run, struct term *t, unsigned long old, double deadline)
{
    while (t->events == old) {
        collect(run);
        if (interrupted || seconds() > deadline)
            return false;
        if (t->gone)
            return drain(run, deadline);
        pump(run, 2000);
    }
    return true;
}

/* What programs write passes through a kernel thread on its way to us. So we write a mark of our
   own to the terminal, as any process might: when it comes back, so has everything before it. */
bool
drain(struct run *run, double deadline)
{
    char *mark = format("%c%ss%c", MARK, run->nonce, MARKEND);
    unsigned long before[NTTY] = { 0 };
    bool ok = true;

    for (int i = 0; i < run->nterms && ok; i++) {
        ssize_t n;

        before[i] = run->term[i].syncs;
        for (size_t done = 0; mark[done] != '\0' && ok; done += n > 0 ? (size_t) n : 0) {
            n = write(run->term[i].slave, mark + done, strlen(mark + done));
            if (n == -1) /* another process is writing */
                ok = !interrupted && seconds() <= deadline && (pump(run, 1000) == 0 || done > 0);
        }
    }
    for (int i = 0; i < run->nterms && ok; i++)
        while (run->term[i].syncs == before[i] && ok) {
            pump(run, 2000);
            ok = !interrupted && seconds() <= deadline;
        }
    free(mark);
    return ok;
}

/* The prompt has come before the echo. The kernel echoes with a lock held that setting the
   terminal's modes takes too, so after that the echo is on its way; or the terminal was full, and
   it is lost. */
bool
awaitEcho(struct run *run, struct term *t, double deadline)
{
    if (!t->wantEcho)
        return true;
    setEcho(t, true);
    while (!drain(run, deadline))
        if (interrupted || seconds() > deadline)
            return false;
    if (t->wantEcho)
        atEcho(run, t);
    return true;
}

void
endLines(struct run *run)
{
    for (int i = 0; i < run->nterms; i++)
        if (run->term[i].nline > 0)
            endLine(run, &run->term[i]);
}

void
copyLines(struct run *run)
{
    for (int i = 0; i < run->nterms; i++)
        if (run->term[i].live && run->term[i].nline > 0)
            addOut(run, &run->term[i]);
}

/* ---- typing ---- */

static void
writeAll(int fd, const char *s, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, s, n);

        if (done == -1 && errno != EAGAIN && errno != EINTR)
            return;
        s += max(done, 0);
        n -= (size_t) max(done, 0);
    }
}

void
typeText(struct term *t, const char *text)
{
    setEcho(t, false);
    writeAll(t->master, text, strlen(text));
    writeAll(t->master, "\n", 1);
}

void
pressKey(struct run *run, struct term *t, char letter)
{
    char key = (char) (letter & 037);

    setEcho(t, true);
    t->keyOut = run->nouts;
    t->wantEcho = t->keyEnd = t->keyed = true;
    writeAll(t->master, &key, 1);
}

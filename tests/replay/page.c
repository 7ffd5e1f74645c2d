/* page.c - read the sessions of a page, and refuse a page that cannot be replayed as it stands */

#include "replay.h"
#include <ctype.h>
#include <strings.h>

enum { LONGEST = 4000 }; /* a terminal takes 4095 bytes; real values may be longer than samples */

struct reader {
    struct book *book;
    const char *path;
    int number;  /* of the line being read */
    bool inList; /* there a fence may be indented, elsewhere by three blanks at most */
    char fence;  /* the character of the open fence, 0 outside */
    size_t fenceLength, fenceIndent;
    struct session *session; /* whose block is open */
    int tty;                 /* the terminal last typed in, -1 before the first prompt */
    bool plain;              /* prompts seen: "$ " */
};

const char *const fields[NFIELDS] = { "id=", "pid=", "num=", "leaves=" };

static void __attribute__((format(printf, 2, 3))) complain(struct reader *rd, const char *fmt, ...)
{
    va_list args;

    fprintf(stderr, "%s:%d: ", rd->path, rd->number);
    va_start(args, fmt);
    say(stderr, fmt, args);
    va_end(args);
    rd->book->nerrors++;
}

size_t
blanks(const char *s)
{
    return strspn(s, " \t");
}

bool
isWord(char c)
{
    return isalnum((unsigned char) c) || c == '_';
}

size_t
sampleAt(const struct session *s, const char *start, const char *p, int *index)
{
    size_t n = strspn(p, "0123456789");

    if (n == 0 || isWord(p[n]) || (p > start && isWord(p[-1])))
        return 0;
    for (int i = 0; i < s->nsamples; i++)
        if (strlen(s->samples[i].text) == n && strncmp(s->samples[i].text, p, n) == 0) {
            *index = i;
            return n;
        }
    return 0;
}

/* ---- the fence's info string ---- */

static void
addSample(struct reader *rd, int kind, const char *text)
{
    struct session *s = rd->session;
    size_t n = strlen(text), least = kind == NUM ? 3 : 5;
    int old;
    bool known = sampleAt(s, text, text, &old) == n && n > 0;

    if (kind == LEAVES && (!known || s->samples[old].kind != ID))
        complain(rd, "leaves=%s is not among the samples of id=", text);
    else if (kind == LEAVES)
        s->samples[old].leaves = true;
    else if (strspn(text, "0123456789") != n || n < least)
        complain(rd, "sample '%s' must be a number of %zu digits or more", text, least);
    else if (known)
        complain(rd, "sample %s is declared twice", text);
    else if (s->nsamples == MAXSAMPLES)
        complain(rd, "more than %d samples", MAXSAMPLES);
    else
        s->samples[s->nsamples++] = (struct sample){ .kind = kind, .text = format("%s", text) };
}

static void
readName(struct reader *rd, const char *name)
{
    const struct book *book = rd->book;

    if (*name == '\0' || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name))
        complain(rd, "session name '%s' must be of a-z, 0-9 and -", name);
    for (int i = 0; i < book->nsessions; i++)
        if (strcmp(book->sessions[i]->name, name) == 0)
            complain(rd, "session %s is at %s:%d already", name, book->sessions[i]->page,
                     book->sessions[i]->number);
    free(rd->session->name);
    rd->session->name = format("%s", name);
}

/* "id=98307,98308" gives two samples. */
static void
readField(struct reader *rd, char *text)
{
    char *value;
    int f = 0;

    while (f < NFIELDS && strncmp(text, fields[f], strlen(fields[f])) != 0)
        f++;
    if (f == NFIELDS) {
        complain(rd, "'%s' is none of id=, pid=, num=, leaves=", text);
        return;
    }
    text += strlen(fields[f]);
    while ((value = strsep(&text, ",")) != NULL)
        addSample(rd, f, value);
}

static void
openSession(struct reader *rd, const char *line, const char *info)
{
    struct session *s = allocate(1, sizeof(*s));
    char *copy = format("%s", info), *rest = copy, *word;

    *s = (struct session){ .page = format("%s", rd->path), .number = rd->number };
    s->info = format("%s", line);
    s->name = format("%s", "");
    rd->session = s;
    rd->tty = -1;
    rd->plain = false;
    strsep(&rest, " \t"); /* "console" */
    while (rest != NULL && *(rest += blanks(rest)) != '\0') {
        word = strsep(&rest, " \t");
        if (*s->name != '\0')
            readField(rd, word);
        else if (strncmp(word, "session=", 8) == 0)
            readName(rd, word + 8);
        else
            break;
    }
    if (*s->name == '\0')
        complain(rd, "a console block must begin with session=NAME: none goes unreplayed");
    free(copy);
}

/* ---- the lines of a session ---- */

/* The length of the prompt at the start of `text`, its terminal in *tty; 0: there is none; -1: none
   of ours. */
static int
promptAt(const char *text, int *tty)
{
    size_t n = strcspn(text, "$ \t");

    *tty = 0;
    if (text[n] != '$' || (text[n + 1] != ' ' && text[n + 1] != '\0'))
        return 0;
    for (size_t i = 0; i < n; i++)
        if (!isWord(text[i]) && strchr(".@:~/-", text[i]) == NULL)
            return 0;
    if (text[n + 1 + blanks(text + n + 1)] == '\0')
        return -1;
    if (n == 0)
        return 2;
    *tty = text[3] - '1';
    return n == 4 && strncmp(text, "tty", 3) == 0 && *tty >= 0 && *tty < NTTY ? 6 : -1;
}

/* What is demanded of an output line: without its margin note, runs of blanks as one, none at the
   ends. */
static char *
demand(const char *text)
{
    char *want = format("%s", text), *to = want;

    for (const char *from = want; *from != '\0';) {
        size_t n = blanks(from);

        if (n >= 2 && from[n] == '#' && from[n + 1] == ' ')
            break;
        if (n > 0 && to > want)
            *to++ = ' ';
        from += n;
        if (*from != '\0')
            *to++ = *from++;
    }
    while (to > want && to[-1] == ' ')
        to--;
    *to = '\0';
    return want;
}

static void
readPrompt(struct reader *rd, struct line *l, int length, int tty)
{
    struct session *s = rd->session;

    if (rd->tty >= 0 && rd->plain != (length == 2))
        complain(rd, "'$ ' and 'tty1$ ' in one session");
    rd->plain = length == 2;
    rd->tty = tty;
    s->twoTtys |= tty == 1;
    l->kind = PROMPT;
    l->want = format("%s", l->text + length + blanks(l->text + length));
    if (strlen(l->want) > LONGEST)
        complain(rd, "a command of more than %d characters", LONGEST);
}

static bool
isKey(const char *text)
{
    return text[0] == '^' && (isupper((unsigned char) text[1]) || text[1] == '\\') &&
           text[2 + blanks(text + 2)] == '\0';
}

static void
classify(struct reader *rd, struct line *l)
{
    const char *text = l->text;
    int tty, n = promptAt(text, &tty);

    if (n > 0) {
        readPrompt(rd, l, n, tty);
    } else if (n < 0) {
        complain(rd, "not a prompt of a session ('$ ', 'tty1$ ' or 'tty2$ ' and a command): %s",
                 text);
    } else if (isKey(text)) {
        if (strchr("CZ", text[1]) == NULL)
            complain(rd, "a session knows the keys ^C and ^Z, not %s", text);
        l->kind = KEY;
        l->want = format("%c", text[1]);
    } else {
        l->want = demand(text);
        l->kind = strcmp(l->want, "...") == 0 ? GAP : OUTPUT;
        if (*l->want == '\0' && text[blanks(text)] == '#')
            l->kind = NOTE;
    }
    if (rd->tty < 0 && n >= 0)
        complain(rd, "output before the first prompt: %s", text);
    l->tty = max(rd->tty, 0);
}

/* A sample must stand alone wherever its digits stand, or it could be put in the place of something
   else. */
static void
checkSamples(struct reader *rd, const char *text)
{
    const struct session *s = rd->session;

    for (int i = 0; i < s->nsamples; i++) {
        const char *sample = s->samples[i].text, *p = text;
        size_t n = strlen(sample);
        int found = i;

        for (; (p = strstr(p, sample)) != NULL; p++)
            if (sampleAt(s, text, p, &found) == 0 || found != i ||
                (p[n] == '.' && isdigit((unsigned char) p[n + 1])) ||
                (p > text + 1 && p[-1] == '.' && isdigit((unsigned char) p[-2])))
                complain(rd, "sample %s is part of another number or word: %s", sample, text);
    }
}

bool
isTyped(const struct line *l)
{
    return l->kind == PROMPT || l->kind == KEY;
}

static void
addLine(struct reader *rd, const char *text)
{
    struct session *s = rd->session;
    const struct line none = { .latest = -1 };
    const struct line *above = s->nlines > 0 ? &s->lines[s->nlines - 1] : &none;
    struct line l = { .number = rd->number, .text = format("%s", text) };

    classify(rd, &l);
    checkSamples(rd, text);
    l.latest = l.kind == OUTPUT ? latestTime(l.want, above->latest) : above->latest;
    l.gaps = isTyped(&l) ? 0 : above->gaps + (l.kind == GAP);
    APPEND(s->lines, s->nlines, l);
}

static void
closeSession(struct reader *rd)
{
    struct book *book = rd->book;

    if (rd->tty < 0)
        complain(rd, "session %s has no command", rd->session->name);
    APPEND(book->sessions, book->nsessions, rd->session);
    rd->session = NULL;
}

/* ---- the page ---- */

static bool
isListItem(const char *text)
{
    size_t n = strspn(text, "0123456789");

    if (n > 0)
        return (text[n] == '.' || text[n] == ')') && text[n + 1] == ' ';
    return strchr("-*+", text[0]) != NULL && text[1] == ' ';
}

static void
openFence(struct reader *rd, const char *line)
{
    size_t indent = blanks(line), marker = strspn(line, " \t>-*+.)0123456789"), n;
    const char *text = line + marker, *info;

    if (line[indent] != '\0' && (indent == 0 || isListItem(line + indent)))
        rd->inList = isListItem(line + indent);
    if ((*text != '`' && *text != '~') || (indent > 3 && !rd->inList))
        return;
    n = strspn(text, *text == '`' ? "`" : "~");
    info = text + n + blanks(text + n);
    if (n < 3 || (*text == '`' && strchr(info, '`') != NULL))
        return;
    rd->fence = *text;
    rd->fenceLength = n;
    rd->fenceIndent = indent;
    if (strncasecmp(info, "console", 7) == 0 && !isWord(info[7])) {
        if (marker > indent)
            complain(rd, "a session cannot stand in a quotation, nor behind a list's marker");
        openSession(rd, text, info);
    }
}

static bool
closesFence(const struct reader *rd, const char *line)
{
    size_t indent = blanks(line), n = 0;

    line += indent;
    line += strspn(line, "> \t");
    while (line[n] == rd->fence)
        n++;
    return n >= rd->fenceLength && line[n + blanks(line + n)] == '\0' &&
           (indent <= 3 || rd->inList);
}

static void
readLine(struct reader *rd, const char *line)
{
    if (rd->fence == 0) {
        openFence(rd, line);
    } else if (closesFence(rd, line)) {
        if (rd->session != NULL)
            closeSession(rd);
        rd->fence = 0;
    } else if (rd->session != NULL) {
        addLine(rd, line + min(blanks(line), rd->fenceIndent));
    }
}

void
readPage(struct book *book, const char *path)
{
    struct reader rd = { .book = book, .path = path };
    FILE *fp = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t n;

    while (fp != NULL && (n = getline(&line, &size, fp)) != -1) {
        rd.number++;
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        readLine(&rd, line);
    }
    if (fp == NULL || ferror(fp)) {
        fprintf(stderr, "replay: cannot read %s: %s\n", path, strerror(errno));
        book->nerrors++;
    }
    if (rd.session != NULL) {
        rd.number = rd.session->number;
        complain(&rd, "the block is never closed");
        closeSession(&rd);
    }
    free(line);
    if (fp != NULL)
        fclose(fp);
}

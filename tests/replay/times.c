/* times.c - times of day and dates, as they stand in lines */

#include "replay.h"
#include <ctype.h>

enum { DAY = 24 * 60 * 60 };

static size_t
timeOfDayAt(const char *start, const char *p, time_t *second)
{
    int h, m, s;

    for (int i = 0; i < 8; i++)
        if (i % 3 == 2 ? p[i] != ':' : !isdigit((unsigned char) p[i]))
            return 0;
    if (isalnum((unsigned char) p[8]) || p[8] == ':' ||
        (p > start && (isalnum((unsigned char) p[-1]) || p[-1] == ':')))
        return 0;
    sscanf(p, "%d:%d:%d", &h, &m, &s);
    *second = (h * 60 + m) * 60 + s;
    return h < 24 && m < 60 && s <= 60 ? 8 : 0;
}

/* A date that ctime() would not print reads otherwise when it is printed again. */
static size_t
dateAt(const char *start, const char *p, time_t *date)
{
    char day[4], month[4], mday[3], hour[9], year[5], text[48], again[48];
    struct tm tm = { 0 };
    int n = 0;

    if (!isupper((unsigned char) *p) || (p > start && isalnum((unsigned char) p[-1])) ||
        sscanf(p, "%3[A-Za-z]%*[ \t]%3[A-Za-z]%*[ \t]%2[0-9]%*[ \t]%8[0-9:]%*[ \t]%4[0-9]%n", day,
               month, mday, hour, year, &n) != 5 ||
        isalnum((unsigned char) p[n]))
        return 0;
    snprintf(text, sizeof(text), "%s %s %02d %s %s", day, month, atoi(mday), hour, year);
    strptime(text, "%a %b %d %T %Y", &tm);
    *date = timegm(&tm);
    strftime(again, sizeof(again), "%a %b %d %T %Y", &tm);
    return strcmp(text, again) == 0 ? (size_t) n : 0;
}

size_t
timeAt(const char *start, const char *p, time_t *t, bool *date)
{
    size_t n = dateAt(start, p, t);

    *date = n > 0;
    return n > 0 ? n : timeOfDayAt(start, p, t);
}

time_t
findTime(time_t from, time_t to, time_t wanted, bool date)
{
    for (time_t t = from; t <= to; t++) {
        struct tm tm;
        time_t shown;

        localtime_r(&t, &tm);
        shown = t + tm.tm_gmtoff;
        if ((date ? shown : shown % DAY) == wanted)
            return t;
    }
    return -1;
}

bool
isEarlier(time_t second, time_t than)
{
    return second < than && than - second < DAY / 2;
}

time_t
latestTime(const char *text, time_t latest)
{
    time_t t;
    bool date;
    size_t n;

    for (const char *p = text; *p != '\0'; p += max(n, 1)) {
        n = timeAt(text, p, &t, &date);
        if (n > 0 && !isEarlier(t % DAY, latest))
            latest = t % DAY;
    }
    return latest;
}

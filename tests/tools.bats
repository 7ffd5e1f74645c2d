#!/usr/bin/env bats
# tools.bats - the tools of svsem/: what they refuse, what they leave behind, what they show of others.
# Each test runs in an IPC namespace of its own, where the first set has the identifier 0.

load helper

setup() {
    untraced
    for own in 'unshare --ipc' 'unshare --user --map-current-user --ipc' ''; do
        [ -n "$own" ] || skip 'an IPC namespace of its own is not allowed here'
        ! $own true 2>/dev/null || break
    done
    cd "$BATS_TEST_TMPDIR" || return
}

# alone FUNCTION: runs it in the namespace; it ends at the first command that fails. Sleepers that are left go with their sets.
alone() {
    # shellcheck disable=SC2086
    run timeout $((3 * DEADLINE)) $own bash -Eeo pipefail -c "$(declare -p ROOT DEADLINE own); $(declare -f)
        trap 'echo \"failed: \$BASH_COMMAND\"' ERR
        trap 'exit 1' TERM
        trap 'for id in \$(sets); do svsem_rm \$id; done' EXIT
        $1" </dev/null 3>&-
    echo "$output"
    [ "$status" -eq 0 ]
}

# gives STATUS PATTERN COMMAND...: it ends with STATUS, and PATTERN matches all that it prints.
gives() {
    local status=0 text
    text=$("${@:3}" 2>&1) || status=$?
    # shellcheck disable=SC2053
    if [ "$status" -ne "$1" ] || [[ $text != $2 ]]; then
        printf 'status %s, expected %s: %s\n%s\nexpected: %s\n' "$status" "$1" "${*:3}" "$text" "$2"
        exit 1
    fi
}

ended() { local status=0; wait "$1" || status=$?; [ "$status" -eq "$2" ]; }
tools() { local tool; for tool in create setall perms op mon rm info ls; do echo "svsem_$tool"; done; }
state() { svsem_mon 0; svsem_perms 0; sets; }
stopped() { grep -q "^State:.T" "/proc/$1/status"; }   # and thus off the queue: not so as soon as it no longer sleeps

help_and_misuse() {
    local tool example
    svsem_create -p 2
    for tool in $(tools); do
        gives 0 "Usage: $tool *" "$tool" --help
        gives 0 '' sh -c "$tool --help 2>&1 >/dev/null"
        case $tool in *_info | *_ls) example=0 ;; *) example= ;; esac
        # shellcheck disable=SC2086
        gives 2 "Usage: *Example: ./svsem_*" "$tool" $example
        gives 0 "" sh -c "$tool $example 2>/dev/null || true"
        example=$("$tool" --help | sed -n 's/^Example: //p')
        (cd "$ROOT/svsem" && timeout 10 bash -c "set -e; $example") >/dev/null
    done
}

@test "every tool: --help on stdout with an example that runs, misuse on stderr with status 2" {
    alone help_and_misuse
}

refusals() {
    local before command text
    svsem_create -p 2
    svsem_setall 0 1 2
    before=$(state)
    while IFS='|' read -r command text; do
        gives 2 "*$text*" eval "$command"
    done <<'TABLE'
svsem_create|Usage:
svsem_create -p|Usage:
svsem_create -p 1 600 1|Usage:
svsem_create -q 1|Usage:
svsem_create 1|one of -f, -k and -p
svsem_create -p -k 1 1|one of -f, -k and -p
svsem_create -x -k 1 1|-x needs -c
svsem_create -c -k 0 1|key 0 is IPC_PRIVATE
svsem_create -c -k 0x 1|key must be a number from 1 to 0xffffffff, not "0x"
svsem_create -c -k 5x 1|not "5x"
svsem_create -c -k -1 1|not "-1"
svsem_create -c -k '' 1|not ""
svsem_create -c -k ' 5' 1|not " 5"
svsem_create -c -k 0x100000000 1|not "0x100000000"
svsem_create -c -k 99999999999999999999 1|not "99999999999999999999"
svsem_create -cf '' 1|pathname must not be empty
svsem_create -p 0|num-sems must be a whole number from 1 to 
svsem_create -p 2000000000|num-sems must be a whole number from 1 to 
svsem_create -p 1x|not "1x"
svsem_create -p ''|not ""
svsem_create -c -k 1 -- -1|num-sems must be a whole number from 0 to
svsem_create -p 1 1000|octal-perms must be an octal number from 0 to 777, not "1000"
svsem_create -p 1 8|not "8"
svsem_create -p 1 600x|not "600x"
svsem_create -p 1 ''|not ""
svsem_setall 0|Usage:
svsem_setall 0x 1 2|semid must be a whole number from 0 to 2147483647, not "0x"
svsem_setall -1 1 2|semid must be
svsem_setall '' 1 2|semid must be
svsem_setall 2147483648 1 2|semid must be
svsem_setall 0 7|set 0 has 2 semaphores, and 1 values were given
svsem_setall 0 7 7 7|set 0 has 2 semaphores, and 3 values were given
svsem_setall 0 7 32768|value must be a whole number from 0 to 32767, not "32768"
svsem_setall 0 7 -1|not "-1"
svsem_setall 0 7 7x|not "7x"
svsem_setall 0 7 ''|not ""
svsem_perms|Usage:
svsem_perms 0 600 0 0|Usage:
svsem_perms 0x 600|semid must be
svsem_perms 0 1000|octal-perms must be an octal number from 0 to 777
svsem_perms 0 rw|not "rw"
svsem_perms 0 ''|not ""
svsem_perms 0 640 ''|uid must be a user's name or number, not ""
svsem_perms 0 640 no-such-user|not "no-such-user"
svsem_perms 0 640 4294967295|not "4294967295"
svsem_perms 0 640 -1|not "-1"
svsem_perms 0 640 0:|gid must be a group's name or number, not ""
svsem_perms 0 640 0:0x|not "0x"
svsem_perms 0 640 0:0:0|not "0:0"
svsem_op 0|Usage:
svsem_op -1 0+1|semid must be
svsem_op 0 ''|operation 1 of "": the semaphore's number must be 0 to 65535
svsem_op 0 0|+, - or = must follow
svsem_op 0 '0*1'|+, - or = must follow
svsem_op 0 -1+1|the semaphore's number must be
svsem_op 0 65536+1|the semaphore's number must be
svsem_op 0 ' 0+1'|the semaphore's number must be
svsem_op 0 0+|an increase must be 1 to 32767
svsem_op 0 0+0|an increase must be
svsem_op 0 0+32768|an increase must be
svsem_op 0 0+99999999999999999999|an increase must be
svsem_op 0 0-0|a decrease must be 1 to 32768
svsem_op 0 0-32769|a decrease must be
svsem_op 0 0=1|= takes 0 alone
svsem_op 0 0=|= takes 0 alone
svsem_op 0 0+-1|an increase must be
svsem_op 0 0+1x|only n and u, once each
svsem_op 0 0+1nun|only n and u, once each
svsem_op 0 '0+1 '|only n and u, once each
svsem_op 0 0+1,|operation 2 of "0+1,": the semaphore's number
svsem_op 0 ,0+1|operation 1 of ",0+1": the semaphore's number
svsem_op 0 0+1,1|operation 2 of "0+1,1": +, - or =
svsem_op 0 0+1 1+1 1+x|operation 1 of "1+x": an increase
svsem_mon|Usage:
svsem_mon 0 -w|Usage:
svsem_mon -w|Usage:
svsem_mon 0x|semid must be
svsem_mon -w -1|semid must be
svsem_rm|Usage:
svsem_rm 0 x|semid must be a whole number from 0 to 2147483647, not "x"
svsem_rm 0 -1|not "-1"
svsem_rm ''|not ""
svsem_info 0|Usage:
svsem_ls 0|Usage:
TABLE
    gives 2 "*one call must have 1 to [1-9]* operations (SEMOPM), not [1-9]*" \
        svsem_op 0 "$(yes 0+1 | head -n $(($(awk '{ print $3 }' /proc/sys/kernel/sem) + 1)) | paste -sd ,)"
    [ "$(state)" = "$before" ]
}

@test "every argument is refused by name and range, and no set is made or touched" {
    alone refusals
}

creating() {
    local ids tool
    gives 0 0 svsem_create -c -k 0xffffffff 3 640
    gives 0 0 svsem_create -k 4294967295 0
    gives 0 0 svsem_create -k 037777777777 3
    gives 0 0 svsem_create -c -k 0xffffffff 2
    gives 0 'Perms:    0640: owner may read and alter, group read, others nothing*' svsem_perms 0
    gives 1 '*EEXIST*: there is a set of this key' svsem_create -cx -k 0xffffffff 3
    gives 1 '*EINVAL*fewer semaphores*' svsem_create -c -k 0xffffffff 4
    gives 1 '*ENOENT*no set has this key*' svsem_create -k 0x77 1
    gives 1 '*ENOENT*ftok("/no/such/file", 1)' svsem_create -c -f /no/such/file 1
    svsem_create -c -f . 2 >by-file
    gives 0 "$(cat by-file)" svsem_create -f "$PWD" 0
    gives 0 'SEMMNI  *2 *sets*SEMMNS *5 *' eval "svsem_info | sed 1d"
    svsem_rm "$(cat by-file)"

    # What cannot be written is an error; a set whose identifier is not printed does not stay, one that was there does.
    for tool in "create -p 1" "create -c -k 0x77 1" "create -k 0xffffffff 0" "create -c -k 0xffffffff 0" "setall 0 1 1 1" \
        "perms 0" "op 0 0=0n,1+1n" "mon 0" "mon -w 0" ls info "rm --help"; do
        gives 1 'ERROR \[*\] *' eval "svsem_$tool >/dev/full"
        gives 1 'ERROR \[EBADF *\] *' eval "svsem_$tool >&-"
        ids=$(sets)
        [ "$ids" = 0 ]
    done
}

@test "svsem_create: keys, files, permissions, and nothing left when its output is lost" {
    alone creating
}

operating() {
    local pid text many
    svsem_create -p 2

    # Into a pipe the line is there while the process sleeps; each argument is one call.
    : >out
    svsem_op 0 1+1 0-1,1-1u > >(cat >out) 2>err &
    pid=$!
    await grep -q 'about to semop \[0-1,1-1u\]' out
    await asleep "$pid"
    [ "$(sed 's/ at ..:..:..$//' out)" = "$(printf "$pid: %s\n" 'about to semop [1+1]' 'semop completed [1+1]' 'about to semop [0-1,1-1u]')" ]
    gives 0 '*' svsem_op 0 0+1n
    ended "$pid" 0
    await grep -q 'semop completed \[0-1,1-1u\] at ..:..:..$' out
    [ ! -s err ]
    gives 0 '*  1        1 *' svsem_mon 0       # the undo gave it back

    gives 1 '*about to semop \[0-1n\]*EAGAIN*semop(0)' svsem_op 0 0-1n
    gives 0 '*\[0=0,0+2nu\]*' svsem_op 0 00=00,0+02nu
    gives 1 '*EFBIG*semop(0): the set has no semaphore of that number' svsem_op 0 2+1
    gives 1 '*ERANGE*semop(0)' svsem_op 0 1+32767,1+32767
    many=$(printf "0+2,0-2,%.0s" {1..250}) many=${many%,}
    gives 0 "*semop completed ?$many? at *" svsem_op 0 "$many"
    printf -v many '0+10001u,0-10001u,%.0s' {1..250}            # too long for one line: a number cut in two is another number
    gives 0 "*about to semop ?0+10001u,*... at ??:??:??"$'\n'"*... at ??:??:??" svsem_op 0 "${many%,}"
    if echo '250 32000 600 128' 2>/dev/null >/proc/sys/kernel/sem; then     # root may, for this namespace
        printf -v many '0=0,%.0s' {1..501}
        gives 0 "*semop completed ?0=0,*=0,...? at *" svsem_op 0 "${many%,}"
    fi

    # Ctrl-C ends it and prints nothing; Ctrl-Z and fg end it with EINTR; a removed set ends it with EIDRM.
    for signal in INT CONT none; do
        env --default-signal=INT svsem_op 0 0-1 >out 2>&1 &
        pid=$!
        await asleep "$pid"
        case $signal in
        INT) kill -INT "$pid"; ended "$pid" 130; text='' ;;
        CONT) kill -STOP "$pid"; kill -CONT "$pid"; ended "$pid" 1; text='ERROR [EINTR Interrupted system call] semop(0)' ;;
        none) svsem_rm 0; ended "$pid" 1; text='ERROR [EIDRM Identifier removed] semop(0): the set was removed meanwhile' ;;
        esac
        [ "$(sed 1d out)" = "$text" ]
    done
    gives 1 '*EINVAL*semop(0): there is no such set' svsem_op 0 0+1
    gives 1 '*EINVAL*semctl(0): there is no such set' svsem_mon 0
    gives 1 '*EINVAL*semctl(0): there is no such set' svsem_mon -w 0
    gives 1 '*EINVAL*semctl(0): there is no such set' svsem_setall 0 1
    gives 1 '*EINVAL*semctl(0): there is no such set' svsem_perms 0 600
}

@test "svsem_op: lines at once, all operations or none, and every way out of the sleep" {
    alone operating
}

removing() {
    local a b c
    a=$(svsem_create -p 1) b=$(svsem_create -p 1) c=$(svsem_create -p 1)
    gives 1 "*EINVAL*semctl($b): there is no such set" svsem_rm "$a" "$b" "$b" "$c"
    [ -z "$(sets)" ]
}

@test "svsem_rm goes on after a failure, and reports it" {
    alone removing
}

# Stands in for Yama and other users' processes: the files of /proc that $HIDE names may not be read, and wchan says nothing.
hide_proc() {
    ${CC:-cc} -shared -fPIC -o hide.so -x c - -ldl <<'CODE'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
static int
hiding(const char *name, const char *path, int flags)
{
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...)) dlsym(RTLD_NEXT, name);
    if (strncmp(path, "/proc/", 6) != 0 || strstr(getenv("HIDE"), strrchr(path, '/') + 1) == NULL)
        return real(path, flags, 0);
    if (strstr(path, "wchan") != NULL)
        return real("zero", flags);
    errno = EACCES;
    return -1;
}
int open(const char *path, int flags, ...) { return hiding("open", path, flags); }
#undef open64
int open64(const char *path, int flags, ...) { return hiding("open64", path, flags); }
CODE
    printf 0 >zero
}

# mon HIDDEN: what svsem_mon prints of the sleepers, blanks squeezed.
mon() { LD_PRELOAD=./hide.so ASAN_OPTIONS=verify_asan_link_order=0 HIDE=$1 svsem_mon 0 | sed '1,/^$/d; s/^ *//; s/  */ /g'; }

sleepers() {
    local a b c elsewhere other two
    hide_proc
    svsem_create -p 2
    other=$(svsem_create -p 1)
    svsem_setall 0 0 1
    svsem_op 0 0-1,1-1 >/dev/null 2>&1 & a=$!
    svsem_op 0 1=0,0+2u >/dev/null 2>&1 & b=$!
    svsem_op 0 0-7 >/dev/null 2>&1 & c=$!
    svsem_op "$other" 0-1 >/dev/null 2>&1 & elsewhere=$!
    $own bash -c 'svsem_create -p 1 >/dev/null; exec svsem_op 0 0-5' >/dev/null 2>&1 & away=$!      # another set 0
    two_sleepers 0 >/dev/null 2>&1 & two=$!
    for pid in "$a" "$b" "$c" "$elsewhere" "$away" "$two"; do await asleep "$pid"; done
    await grep -q timed <(svsem_mon 0)
    kill -STOP "$c"     # it leaves the queue
    await stopped "$c"

    mon none | diff - <(printf '%s\n' 'PID Program Sleeps in semop()' "$a svsem_op 0-1,1-1" "$b svsem_op 1=0,0+2u" \
        "$two two_sleepers 0-1u" "$two two_sleepers 1=0,0-3 (timed)" | sort -n)
    mon wchan | diff - <(mon none)
    mon mem | diff - <(mon none | sed -E 's/(svsem_op|two_sleepers) [^(]*[0-9u]/\1 ?/')
    mon syscall | diff - <(printf '%s\n' 'PID Program Sleeps in semop()' "$a svsem_op ?" "$b svsem_op ?" "$elsewhere svsem_op ?" \
        "$two two_sleepers ?" "$two two_sleepers ?" | sort -n
        echo '?: /proc shows the operations to ancestors alone (Yama). Some may sleep on other sets: 4 on this one')
    mon wchan,syscall | diff - <(printf '%s\n' 'PID Program Sleeps in semop()' '4 that /proc does not show you')
    kill "$away" "$c" "$two"
    kill -CONT "$c"
}

@test "svsem_mon names each sleeper and its operations, as far as /proc shows them" {
    [ -e /proc/self/wchan ] || skip 'needs Linux'
    alone sleepers
}

looked() { [ "$(awk '/^voluntary/ { print $2 }' "/proc/$1/status")" -ge "$2" ]; }     # slept so often between two looks

watching() {
    local pid mon tables
    svsem_create -p 1
    svsem_mon -w 0 >out 2>&1 &
    pid=$!
    await grep -q '  0 *0 *0 *0 *0$' out
    svsem_setall 0 5
    await grep -q '  0 *5 *[1-9]' out
    await looked "$pid" 6     # at what has not changed: not shown again
    svsem_rm 0
    ended "$pid" 0
    [ "$(tail -n 1 out)" = 'Set 0 was removed' ]
    [ "$(grep -c '^Sem #' out)" -le 3 ]     # 3: a look can come while SETALL is half seen
    gives 1 "" grep -q $'\033' out

    # On a terminal each table begins in the top left corner of a cleared screen.
    mon=$(svsem_create -p 2)
    export TERM=vt100
    on_pty 24 svsem_mon -w "$mon" >screen 2>&1 &
    pid=$!
    await grep -q '  1 *0' screen
    svsem_setall "$mon" 1 2
    await grep -q '  1 *2' screen
    tables=$(grep -c '^Sem #' screen)
    [ "$(grep -c $'^\033\\[H\033\\[JSemaphore changed' screen)" -eq "$tables" ]
    kill -INT "$pid"        # types Ctrl-C
    ended "$pid" 130

    # Of one that is too tall what fits is shown: on nine rows eight, of which the first line takes two.
    mon=$(svsem_create -p 20)
    on_pty 9 svsem_mon -w "$mon" >tall 2>&1 &
    pid=$!
    await grep -q '[.][.][.]' tall
    kill -INT "$pid"
    ended "$pid" 130
    [ "$(tr -d '\r' <tall | sed 's/^ *//; s/ .*//' | sed '1,2d' | paste -sd ' ')" = 'Sem 0 1 2 ... ^C' ]
}

@test "svsem_mon -w shows each change, in place on a terminal, until removal or Ctrl-C" {
    alone watching
}

# row SETID: its line of svsem_ls, blanks squeezed.
row() { svsem_ls | sed 's/^ *//; s/  */ /g' | grep "^$1 "; }

listing() {
    local pid owner
    owner=$(id -un 2>/dev/null) || owner=$(id -u)
    svsem_create -c -k 0x4242 3 640
    [ "$(row 0)" = "0 0x00004242 $owner 0640 3 <1m never 0" ]              # nobody has used it: no sign of a death
    svsem_op 0 0+1 1-1 >/dev/null 2>&1 &
    pid=$!
    await asleep "$pid"
    [ "$(row 0)" = "0 0x00004242 $owner 0640 3 <1m <1m 1" ]
    kill -STOP "$pid"
    await stopped "$pid"
    [ "$(row 0)" = "0 0x00004242 $owner 0640 3 <1m <1m 0" ]                # nobody sleeps, but the last caller lives
    kill -KILL "$pid"
    ended "$pid" 137
    [ "$(row 0)" = "0 0x00004242 $owner 0640 3 <1m <1m 0 forgotten?" ]
    svsem_op 0 2-1 >/dev/null 2>&1 &
    await asleep $!
    [ "$(row 0)" = "0 0x00004242 $owner 0640 3 <1m <1m 1" ]                # all callers are dead, but one waits
    [ "$(svsem_ls | wc -l)" -eq 2 ]
}

@test "svsem_ls marks a set only when its callers are dead and nobody sleeps on it" {
    alone listing
}

nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }

others() {
    local theirs keyed
    svsem_create -p 1
    svsem_perms 0 600
    gives 1 '*EACCES*semctl(0)' nobody ./svsem_mon 0
    gives 1 '*EACCES*semctl(0)' nobody ./svsem_setall 0 1
    gives 1 '*EACCES*semop(0)' nobody ./svsem_op 0 0+1
    gives 1 '*EPERM*only the set'\''s owner*may change them' nobody ./svsem_perms 0 666
    gives 1 '*EPERM*only the set'\''s owner*may remove it' nobody ./svsem_rm 0
    gives 0 '* 0600 *1 *never *[?]' nobody ./svsem_ls
    gives 0 'Perms:    0600:*' nobody ./svsem_perms 0

    # Permissions alone leave the owner as he is; what the owner has taken from himself he can give back.
    theirs=$(nobody ./svsem_create -p 1)
    svsem_perms "$theirs" 640
    gives 0 'Perms:    0640*Owner: * (65534), group * (65534)*Creator: * (65534), *' svsem_perms "$theirs"
    nobody ./svsem_perms "$theirs" 200
    gives 0 '*' nobody ./svsem_setall "$theirs" 1
    gives 1 '*EACCES*' nobody ./svsem_mon "$theirs"
    nobody ./svsem_perms "$theirs" 0
    nobody ./svsem_perms "$theirs" 604
    gives 0 'Perms:    0604: owner may read and alter, group nothing, others read*' svsem_perms "$theirs"
    nobody ./svsem_rm "$theirs"

    # A set is found without permission. Mode 666 does not let others remove it; its creator may do all that its owner may.
    keyed=$(svsem_create -c -k 0x4242 1)
    gives 0 "$keyed" nobody ./svsem_create -k 0x4242 1
    gives 1 "*EACCES*" nobody ./svsem_create -k 0x4242 1 600
    svsem_perms "$keyed" 666
    gives 1 "*EPERM*" nobody ./svsem_rm "$keyed"
    theirs=$(nobody ./svsem_create -p 1)
    svsem_perms "$theirs" 0 0:0
    nobody ./svsem_perms "$theirs" 600
    gives 0 "*" nobody ./svsem_setall "$theirs" 1
    nobody ./svsem_rm "$theirs"

    svsem_perms 0 600 nobody
    gives 0 '*Owner:    nobody (65534), group * (0)*Creator:  root (0), group * (0)' svsem_perms 0
    svsem_perms 0 600 0:4294967294
    gives 0 '*Owner:    root (0), group [?] (4294967294)*' svsem_perms 0
}

@test "what another user may see and change" {
    [ "$(id -u)" -eq 0 ] && setpriv --reuid 65534 true 2>/dev/null || skip 'needs root, to become another user'
    # shellcheck disable=SC2030
    copies=$(mktemp -d /tmp/svsem-tools.XXXXXX)     # the tree may stand where others may not go
    chmod 755 "$copies"
    cp "$ROOT"/svsem/svsem_{create,setall,perms,op,mon,rm,info,ls} "$copies"
    cd "$copies"
    alone others
}

teardown() {
    # shellcheck disable=SC2031
    [ -z "${copies-}" ] || rm -r "$copies"
}

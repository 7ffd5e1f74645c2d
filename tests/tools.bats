#!/usr/bin/env bats
# tools.bats - the tools of svsem/: what they make and remove, what they leave behind, what they show of others.
# Each test runs in an IPC namespace of its own, where the first set has the identifier 0.

load helper

setup() {
    untraced
    needs namespaces
    cd "$BATS_TEST_TMPDIR" || return
}

# alone FUNCTION: runs it in the namespace; it ends at the first command that fails. Sleepers that are left go with their sets.
alone() {
    run own_namespace within $((3 * DEADLINE)) bash -Eeo pipefail -c "$(declare -p ROOT DEADLINE); $(declare -f)
        trap 'echo \"failed: \$BASH_COMMAND \${BASH_LINENO[*]} \${FUNCNAME[*]}\"' ERR
        trap 'exit 1' TERM
        trap 'for id in \$(sets); do svsem_rm \$id; done; kill \$(jobs -p) 2>/dev/null || true' EXIT
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
        within 0 svsem_op 0 0-1 >out 2>&1 &
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

from_path() {
    local tool example id n=0
    away_from_tree
    for tool in svsem_{create,info,ls,mon,op,rm}; do
        while IFS= read -r example; do
            for id in $(sets); do svsem_rm "$id"; done      # one that --help's example has left
            gives 0 '*' bash -ec "$example"
            n=$((n + 1))
        done < <(examples "$tool")
        [ -z "$(sets)" ]
    done
    [ "$n" -eq 12 ]
}

@test "the tools run from PATH, installed: the examples of --help and of the manual pages" {
    alone from_path
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
#include <sys/uio.h>
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
ssize_t
process_vm_readv(pid_t pid, const struct iovec *l, unsigned long nl, const struct iovec *r, unsigned long nr, unsigned long flags)
{
    ssize_t (*real)(pid_t, const struct iovec *, unsigned long, const struct iovec *, unsigned long, unsigned long) =
        (ssize_t (*)(pid_t, const struct iovec *, unsigned long, const struct iovec *, unsigned long, unsigned long))
            dlsym(RTLD_NEXT, "process_vm_readv");
    if (strstr(getenv("HIDE"), "mem") == NULL)
        return real(pid, l, nl, r, nr, flags);
    errno = EPERM;
    return -1;
}
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
    "$ROOT/tests/alone" bash -c 'svsem_create -p 1 >/dev/null; exec svsem_op 0 0-5' >/dev/null 2>&1 & away=$!      # another set 0
    two_sleepers 0 >/dev/null 2>&1 & two=$!
    for pid in "$a" "$b" "$c" "$elsewhere" "$away" "$two"; do await asleep "$pid"; done
    await grep -q timed <(svsem_mon 0)
    kill -STOP "$c"     # it leaves the queue
    await stopped "$c"

    why="?: hidden by Yama from all but ancestors, by a container's filter, or in a 32-bit program"
    mon none | diff - <(printf '%s\n' 'PID Program Sleeps in semop()' "$a svsem_op 0-1,1-1" "$b svsem_op 1=0,0+2u" \
        "$two two_sleepers 0-1u" "$two two_sleepers 1=0,0-3 (timed)" | sort -n)
    mon wchan | diff - <(mon none)
    mon mem | diff - <(mon none | sed -E 's/(svsem_op|two_sleepers) [^(]*[0-9u]/\1 ?/'; echo "$why")
    mon syscall | diff - <(printf '%s\n' 'PID Program Sleeps in semop()' "$a svsem_op ?" "$b svsem_op ?" "$elsewhere svsem_op ?" \
        "$two two_sleepers ?" "$two two_sleepers ?" | sort -n
        echo "$why"; echo 'Some may sleep on other sets: 4 on this one')
    mon wchan,syscall | diff - <(printf '%s\n' 'PID Program Sleeps in semop()' '4 that /proc does not show you')
    kill "$away" "$c" "$two"
    kill -CONT "$c"
}

@test "svsem_mon names each sleeper and its operations, as far as /proc shows them" {
    [ -e /proc/self/wchan ] || skip 'needs Linux'
    needs calls
    alone sleepers
}

looked() { [ "$(look switches "$1")" -ge "$2" ]; }      # slept so often between two looks

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

byAge() {
    local id n pids=()
    id=$(svsem_create -p 1)
    for n in 32767 310; do          # the highest number, and how they begin anew
        echo $((n - 1)) >/proc/sys/kernel/ns_last_pid
        svsem_op "$id" 0-1 &
        pids+=($!)
        await asleep $!
    done
    [ "${pids[*]}" = '32767 310' ]
    gives 0 $'*\n 32767  svsem_op         0-1\n   310  svsem_op         0-1' svsem_mon "$id"
}
@test "svsem_mon lists first who began first, also when the process numbers begin anew" {
    needs calls
    unshare -pf --mount-proc sh -c 'echo 1 >/proc/sys/kernel/ns_last_pid' || skip 'cannot choose process numbers here'
    numbered() { unshare -pf --mount-proc bash -Eeo pipefail -c "$(declare -p ROOT DEADLINE PATH); $(declare -f); trap 'svsem_rm \$(sets)' EXIT; byAge"; }
    alone numbered
}

@test "svsem_mon -w shows each change, in place on a terminal, until removal or Ctrl-C" {
    needs terminals
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

@test "tools: what another user may see and change" {
    [ "$EUID" -eq 0 ] || skip 'needs root, to be another user'
    copies_for_others svsem/svsem_{create,setall,perms,op,mon,rm,info,ls}
    alone others
}

teardown() { gone_with_copies; }

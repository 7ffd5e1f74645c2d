#!/usr/bin/env bats
# misuse.bats - what is not meant is refused with 2, by the argument's name and its range, before anything is made.

load helper

setup() {
    untraced
    cd "$ROOT/svsem" || return
    before=$(identifiers sem; identifiers shm)
}

nothing_made() {
    [ -z "${SVSEM_NAMESPACE-}" ] || [ "$(identifiers sem; identifiers shm)" = "$before" ]
}

# refused COMMAND TEXT: does the command, which may quote, end with 2 and say TEXT somewhere on stderr, and nothing on stdout?
refused() {
    local status=0 text
    text=$(eval "./$1" 2>&1 >"$BATS_TEST_TMPDIR/stdout" </dev/null) || status=$?
    if [ "$status" -ne 2 ] || [[ $text != *"$2"* ]] || [ -s "$BATS_TEST_TMPDIR/stdout" ]; then
        printf '%s\n' "command:  $1" "expected: status 2, $2" "got:      status $status, $text"
        return 1
    fi
}

# help PROGRAM: --help is on stdout, with status 0, and ends with an example of this program.
help() {
    local text
    text=$("./$1" --help 2>"$BATS_TEST_TMPDIR/stderr") || return
    [ ! -s "$BATS_TEST_TMPDIR/stderr" ] || return
    [[ $text = "Usage: ./$1 "*$'\nExample: '*"./$1"* ]] || { echo "$text"; return 1; }
    [ "$("./$1" x x x x x x x x 2>&1 >/dev/null)" != '' ]
}

@test "misuse: every program's --help is on stdout, with an example" {
    local program
    for program in *.c; do
        help "${program%.c}" || { echo "${program%.c}"; false; }
        ! ./"${program%.c}" --help >/dev/full 2>/dev/null || { echo "${program%.c} --help >/dev/full"; false; }
    done
    nothing_made
}

@test "misuse: the example of each tool runs as it stands" {
    local example tool
    needs namespaces                    # else the sets would stay
    for tool in create setall perms op mon rm info ls demo; do
        example=$("./svsem_$tool" --help | sed -n 's/^Example: //p')
        own_namespace within "$DEADLINE" bash -c "set -e; $example" >"$BATS_TEST_TMPDIR/out" 2>&1 || { echo "$example"; cat "$BATS_TEST_TMPDIR/out"; false; }
    done
}

@test "misuse: the sizes of the programs" {
    local row program
    while IFS='|' read -r row text; do
        [ "$(getconf LONG_BIT)" -eq 64 ] || text=${text/4294967295/2147483647}
        refused "$row" "$text"
        program=${row/svsem_/svsem_bad_}
        [ ! -e "${program%% *}" ] || refused "$program" "$text"
    done <<'END'
svsem_mutex 65|ERROR: processes must be a whole number from 2 to 64, not "65"
svsem_mutex 1|ERROR: processes must be a whole number from 2 to 64, not "1"
svsem_mutex 2 0|ERROR: times must be a whole number from 1 to 10000, not "0"
svsem_mutex 2 10001|ERROR: times must be a whole number from 1 to 10000, not "10001"
svsem_mutex 2 2 2|Usage:
svsem_two_resources 0|ERROR: times must be a whole number from 1 to 10000, not "0"
svsem_two_resources 10001|ERROR: times must be a whole number from 1 to 10000
svsem_two_resources 1 1|Usage:
svsem_barrier 1|ERROR: processes must be a whole number from 2 to 100, not "1"
svsem_barrier 101|ERROR: processes must be a whole number from 2 to 100, not "101"
svsem_barrier 2 0|ERROR: rounds must be a whole number from 1 to 10000, not "0"
svsem_barrier 2 10001|ERROR: rounds must be a whole number from 1 to 10000
svsem_barrier 2 2 2|Usage:
svsem_philosophers 0|ERROR: meals must be a whole number from 1 to 100, not "0"
svsem_philosophers 101|ERROR: meals must be a whole number from 1 to 100, not "101"
svsem_philosophers 4 2|ERROR: philosophers must be a whole number from 3 to 20, not "2"
svsem_philosophers 4 21|ERROR: philosophers must be a whole number from 3 to 20, not "21"
svsem_philosophers 3 3 3|Usage:
svsem_unfair_philosophers 101|ERROR: meals must be a whole number from 1 to 100, not "101"
svsem_unfair_philosophers 0|ERROR: meals must be a whole number from 1 to 100, not "0"
svsem_unfair_philosophers 4 2|ERROR: philosophers must be a whole number from 3 to 20, not "2"
svsem_unfair_philosophers 4 21|ERROR: philosophers must be a whole number from 3 to 20, not "21"
svsem_unfair_philosophers 3 3 3|Usage:
svsem_rwlock 0|ERROR: reads must be a whole number from 1 to 100, not "0"
svsem_rwlock 101|ERROR: reads must be a whole number from 1 to 100, not "101"
svsem_rwlock 1 1|Usage:
svsem_fair_rwlock 0|ERROR: reads must be a whole number from 1 to 100, not "0"
svsem_fair_rwlock 101|ERROR: reads must be a whole number from 1 to 100, not "101"
svsem_fair_rwlock 1x|ERROR: reads must be a whole number from 1 to 100, not "1x"
svsem_fair_rwlock 1 1|Usage:
svsem_prodcons -n -1|ERROR: items must be a whole number from 0 to 1000000, not "-1"
svsem_prodcons -n 1000001|ERROR: items must be a whole number from 0 to 1000000, not "1000001"
svsem_prodcons -b 0|ERROR: buffer must be a whole number from 1 to 32767, not "0"
svsem_prodcons -b 32768|ERROR: buffer must be a whole number from 1 to 32767, not "32768"
svsem_prodcons -p 0|ERROR: producers must be a whole number from 1 to 64, not "0"
svsem_prodcons -p 65|ERROR: producers must be a whole number from 1 to 64, not "65"
svsem_prodcons -c 0|ERROR: consumers must be a whole number from 1 to 64, not "0"
svsem_prodcons -c 65|ERROR: consumers must be a whole number from 1 to 64, not "65"
svsem_prodcons -q|Usage:
svsem_prodcons x|Usage:
svsem_ring -n -1|ERROR: items must be a whole number from 0 to 1000000, not "-1"
svsem_ring -n 1000001|ERROR: items must be a whole number from 0 to 1000000, not "1000001"
svsem_ring -b 0|ERROR: buffer must be a whole number from 1 to 32767, not "0"
svsem_ring -b 32768|ERROR: buffer must be a whole number from 1 to 32767
svsem_ring -B 0|ERROR: batch must be a whole number from 1 to 1024, not "0"
svsem_ring -B 11 -b 10|ERROR: batch must be a whole number from 1 to 10, not "11"
svsem_ring -q|Usage:
svsem_ring x|Usage:
svsem_trywait 0|ERROR: pieces must be a whole number from 1 to 1000, not "0"
svsem_trywait 1001|ERROR: pieces must be a whole number from 1 to 1000, not "1001"
svsem_trywait 1 1|Usage:
svsem_timedwait -1|ERROR: milliseconds must be a whole number from 0 to 10000, not "-1"
svsem_timedwait 10001|ERROR: milliseconds must be a whole number from 0 to 10000, not "10001"
svsem_timedwait 1 1|Usage:
svsem_starve 0|ERROR: times must be a whole number from 1 to 10000, not "0"
svsem_starve 10001|ERROR: times must be a whole number from 1 to 10000, not "10001"
svsem_starve 1 1|Usage:
svsem_alternate 0|ERROR: rounds must be a whole number from 1 to 10000, not "0"
svsem_alternate 10001|ERROR: rounds must be a whole number from 1 to 10000
svsem_alternate 2x|ERROR: rounds must be a whole number from 1 to 10000, not "2x"
svsem_alternate 1 1|Usage:
svsem_wait_for_zero 0|ERROR: workers must be a whole number from 1 to 100, not "0"
svsem_wait_for_zero 101|ERROR: workers must be a whole number from 1 to 100, not "101"
svsem_wait_for_zero 1 1|Usage:
svsem_undo_mixed 0|ERROR: rounds must be a whole number from 1 to 32768, not "0"
svsem_undo_mixed 32769|ERROR: rounds must be a whole number from 1 to 32768, not "32769"
svsem_undo_mixed ''|ERROR: rounds must be a whole number from 1 to 32768, not ""
svsem_undo_mixed 1 2|Usage:
svsem_fork_sync both|Usage:
svsem_fork_sync child parent|Usage:
svsem_good_init 0|ERROR: key must be a whole number from 1 to 2147483647, not "0"
svsem_good_init -1|ERROR: key must be a whole number from 1 to 2147483647, not "-1"
svsem_good_init 0x80000000|ERROR: key must be a whole number from 1 to 2147483647, not "0x80000000"
svsem_good_init ''|ERROR: key must be a whole number from 1 to 2147483647, not ""
svsem_good_init 1 2|Usage:
svsem_bad_init 0|ERROR: key must be a whole number from 1 to 2147483647, not "0"
svsem_bad_init 0x80000000|ERROR: key must be a whole number from 1 to 2147483647
svsem_bad_init 1 2|Usage:
svsem_lock_init 0|ERROR: key must be a whole number from 1 to 2147483647, not "0"
svsem_lock_init 0x80000000|ERROR: key must be a whole number from 1 to 2147483647
svsem_lock_init 1 2|Usage:
svsem_shm_writer -k 0|ERROR: key must be a whole number from 1 to 4294967295, not "0"
svsem_shm_writer x|Usage:
svsem_shm_reader -k 1x|ERROR: key must be a whole number from 1 to 4294967295, not "1x"
svsem_shm_reader -k|Usage:
END
    for program in access all_or_nothing binary busy_workers last_will removed snapshot undo_clamp undo_exec undo_fork \
        undo_kill undo_setval bad_no_undo; do
        refused "svsem_$program x" 'Usage:'
    done
    refused 'psem_busy_workers x' 'Usage:'
    nothing_made
}

@test "misuse: the tools" {
    local row text id state
    id=$(./svsem_create -p 2)
    ./svsem_setall "$id" 1 2 >/dev/null
    before=$(identifiers sem; identifiers shm)
    state=$(./svsem_mon "$id"; ./svsem_perms "$id")
    while IFS='|' read -r row text; do
        refused "$row" "$text"
    done <<'END'
svsem_demo|Usage:
svsem_demo 1 2 3|Usage:
svsem_demo -1|init-value must be a whole number from 0 to 32767, not "-1"
svsem_demo 32768|init-value must be a whole number from 0 to 32767, not "32768"
svsem_demo -1 1|semid must be
svsem_demo $id -32769|operation must be a whole number from -32768 to 32767, not "-32769"
svsem_demo $id 32768|operation must be a whole number from -32768 to 32767, not "32768"
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
svsem_setall $id|Usage:
svsem_setall 0x 1 2|semid must be a whole number from 0 to 2147483647, not "0x"
svsem_setall -1 1 2|semid must be
svsem_setall '' 1 2|semid must be
svsem_setall 2147483648 1 2|semid must be
svsem_setall $id 7|has 2 semaphores, and 1 values were given
svsem_setall $id 7 7 7|has 2 semaphores, and 3 values were given
svsem_setall $id 7 32768|value must be a whole number from 0 to 32767, not "32768"
svsem_setall $id 7 -1|not "-1"
svsem_setall $id 7 7x|not "7x"
svsem_setall $id 7 ''|not ""
svsem_perms|Usage:
svsem_perms $id 600 0 0|Usage:
svsem_perms 0x 600|semid must be
svsem_perms $id 1000|octal-perms must be an octal number from 0 to 777
svsem_perms $id rw|not "rw"
svsem_perms $id ''|not ""
svsem_perms $id 640 ''|uid must be a user's name or number, not ""
svsem_perms $id 640 no-such-user|not "no-such-user"
svsem_perms $id 640 4294967295|not "4294967295"
svsem_perms $id 640 -1|not "-1"
svsem_perms $id 640 0:|gid must be a group's name or number, not ""
svsem_perms $id 640 0:0x|not "0x"
svsem_perms $id 640 0:0:0|not "0:0"
svsem_op $id|Usage:
svsem_op -1 0+1|semid must be
svsem_op $id ''|operation 1 of "": the semaphore's number must be 0 to 65535
svsem_op $id 0|+, - or = must follow
svsem_op $id '0*1'|+, - or = must follow
svsem_op $id -1+1|the semaphore's number must be
svsem_op $id 65536+1|the semaphore's number must be
svsem_op $id 99999999999999999999+1|the semaphore's number must be
svsem_op $id ' 0+1'|the semaphore's number must be
svsem_op $id 0+|an increase must be 1 to 32767
svsem_op $id 0+0|an increase must be
svsem_op $id 0+32768|an increase must be
svsem_op $id 0+99999999999999999999|an increase must be
svsem_op $id 0-0|a decrease must be 1 to 32768
svsem_op $id 0-32769|a decrease must be
svsem_op $id 0=1|= takes 0 alone
svsem_op $id 0=|= takes 0 alone
svsem_op $id 0+-1|an increase must be
svsem_op $id 0+1x|only n and u, once each
svsem_op $id 0+1nun|only n and u, once each
svsem_op $id '0+1 '|only n and u, once each
svsem_op $id 0+1,|operation 2 of "0+1,": the semaphore's number
svsem_op $id ,0+1|operation 1 of ",0+1": the semaphore's number
svsem_op $id 0+1,1|operation 2 of "0+1,1": +, - or =
svsem_op $id 0+1 1+1 1+x|operation 1 of "1+x": an increase
svsem_mon|Usage:
svsem_mon $id -w|Usage:
svsem_mon -w|Usage:
svsem_mon 0x|semid must be
svsem_mon -w -1|semid must be
svsem_rm|Usage:
svsem_rm $id x|semid must be a whole number from 0 to 2147483647, not "x"
svsem_rm $id -1|not "-1"
svsem_rm ''|not ""
svsem_info 0|Usage:
svsem_ls 0|Usage:
END
    refused "svsem_op $id $(yes 0+1 | head -n $(($(awk '{ print $3 }' /proc/sys/kernel/sem) + 1)) | paste -sd ,)" 'operations (SEMOPM), not'
    [ "$(./svsem_mon "$id"; ./svsem_perms "$id")" = "$state" ]
    nothing_made
    ./svsem_rm "$id"
}

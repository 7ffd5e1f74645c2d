#!/usr/bin/env bats
# mutants.bats - a claim is worth what it takes to break it: one change to a program's lesson, and the program says so.

load helper

# breaks PROGRAM SED: does PROGRAM, its source changed by SED, say that its claim does not hold?
breaks() {
    local copy=$BATS_TEST_TMPDIR/$1 status=0
    sed "$2" "svsem/$1.c" >"$copy.c"
    if cmp -s "svsem/$1.c" "$copy.c"; then
        echo "$1: nothing to change by $2"
        return 1
    fi
    $(<build/flags) -w -o "$copy" "$copy.c" build/libsvsem.a
    "$copy" </dev/null >"$copy.out" 2>&1 || status=$?
    if [ "$status" -ne 1 ]; then
        echo "$1, changed by $2, ends with $status"
        return 1
    fi
}

@test "mutants: a program whose lesson is broken does not hold" {
    local program change
    cd "$ROOT"
    while IFS='|' read -r program change; do
        breaks "$program" "$change"
    done <<'END'
svsem_philosophers|s/values\[FORKS + i\] = 1/values[FORKS + i] = 2/
svsem_philosophers|/operate(&sops\[0\], 1)/d
svsem_two_resources|s/operate(sops, 2);  .*/(void) sops;/
svsem_two_resources|s/\[PRINTER\] = 1/[PRINTER] = 2/
svsem_fair_rwlock|/READING, .sem_op = +1/s/+1/0/;/unlock(READING)/d
svsem_good_init|s/IPC_CREAT . IPC_EXCL/IPC_CREAT/
svsem_lock_init|/semop(semid, lock, 2)/,+2d;/semop(semid, &unlock, 1)/,+1d
svsem_undo_kill|s/= SEM_UNDO/= by < 0 ? SEM_UNDO : 0/
svsem_timedwait|s/(left \/ NS_PER_S)/0/
svsem_fork_sync|s/^    awaitNcnt.*/& change(+1);/;s/^    change(+1);//
svsem_prodcons|s/MUTEX, NSEMS/MUTEX, SPARE, NSEMS/;s/SLOTS, .sem_op = [-+]1/SPARE, .sem_op = +1/
svsem_prodcons|/^get/,/^produce/{s/operate(release);//;s/operate(reserve);/&operate(release);/}
svsem_prodcons|/^put/,/^get/{s/operate(release);//;s/operate(reserve);/&operate(release);/}
svsem_ring|/operate(ITEMS, +/d;s/operate(SLOTS, -.*/&operate(ITEMS, (long) count);/
svsem_ring|/operate(SLOTS, +/d;s/operate(ITEMS, -.*/&operate(SLOTS, (long) count);/
svsem_undo_setval|/APPLES, .sem_op = -1/s/SEM_UNDO/0/
svsem_undo_setval|/PEARS, .sem_op = -1/s/SEM_UNDO/0/
svsem_last_will|/ALIVE, .sem_op = +1/s/+1/0/
END
}

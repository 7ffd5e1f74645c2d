#!/usr/bin/env bats
# undo.bats - chapters 06 and 07: what the claims and the sessions of the pages do not show.

load helper

children() { read -r -a kids <"/proc/$1/task/$1/children" || true; }     # its line has no end

# four_asleep PID: do four children of the process sleep in semop()?
four_asleep() {
    children "$1"
    [ "${#kids[@]}" -eq 4 ] &&
        asleep "${kids[0]}" && asleep "${kids[1]}" && asleep "${kids[2]}" && asleep "${kids[3]}"
}

@test "undo: arguments that mean nothing are refused before a set is made" {
    before=$(sets)
    for program in svsem_undo_kill svsem_bad_no_undo svsem_undo_fork svsem_undo_exec svsem_undo_clamp \
        svsem_undo_setval svsem_busy_workers psem_busy_workers; do
        ends 2 "$program" 1
    done
    for rounds in 0 -1 32769 1x ''; do
        gives 2 "ERROR: rounds must be a whole number from 1 to 32768, not \"$rounds\"" svsem_undo_mixed "$rounds"
    done
    ends 2 svsem_undo_mixed 1 2
    [ -z "${SVSEM_NAMESPACE-}" ] || [ "$(sets)" = "$before" ]
}

@test "undo: -r gives the bare body's own verdict; the one that hangs leaves nothing when it is ended" {
    before=$(sets)
    ends 0 svsem_undo_kill -r
    ends 0 svsem_busy_workers -r
    ends 1 psem_busy_workers -r
    svsem_bad_no_undo -r </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    await four_asleep $!
    kill -TERM $!
    status=0
    wait $! || status=$?
    [ "$status" -eq 143 ]
    [ "$(grep -c EIDRM "$BATS_TEST_TMPDIR/out")" -eq 0 ]       # they were ended before the set was removed
    for kid in "${kids[@]}"; do
        await gone "$kid"
    done
    [ -z "${SVSEM_NAMESPACE-}" ] || [ "$(sets)" = "$before" ]
}

@test "undo: the twins differ in the flag, and in what is said of them" {
    run -1 diff "$ROOT/svsem/svsem_undo_kill.c" "$ROOT/svsem/svsem_bad_no_undo.c"
    [ "$(grep -c '^[<>]' <<<"$output")" -eq 6 ]
}

#!/usr/bin/env bats
# claim.bats - the frame of the twins: orders, stuck bodies, what is left behind.

load helper

# The marks of an order: which process did what, one line each.
marks() {
    local line marks=
    for line in "${lines[@]}"; do
        case $line in [0-9]' did '*) marks+=${marks:+,}${line/ did/} ;; esac
    done
    echo "$marks"
}
set_gone() { ! set_exists "$1"; }
no_set() { set_gone "${lines[0]#set }"; }

@test "an order is forced, the same each time; the woken run on" {
    local body order expected
    for _ in 1 2; do
        while IFS='|' read -r body order expected; do
            run -0 twin_probe "$body" holds "$order"
            [ "$(marks)" = "$expected" ]
            [ "${lines[-2]}" = "the property: yes" ]
            [ "${lines[-1]}" = "the claim holds" ]
            no_set
        done <<'END'
posts|1 2 3 2 3|2 0+1,3 0+1,2 0+1,3 0+1
posts|1 1 3 3 2 2|3 0+1,3 0+1,2 0+1,2 0+1
posts|1 3 3 3 3 2 1 2|3 0+1,3 0+1,2 0+1,2 0+1
posts|1 2 3 3 2|2 0+1,3 0+1,3 0+1,2 0+1
killed|1 1 1 3 3|1 0+1,3 0+1,3 0+1
wake|1 2 3 3 2 3|3 0+1,2 0-1,2 1+1,3 1+1,1 1-2
wake|1 2 3 3 3 2|3 0+1,2 0-1,3 1+1,2 1+1,1 1-2
wake|1 2 3 2 3 3|3 0+1,2 0-1,2 1+1,3 1+1,1 1-2
END
    done
}

@test "without an order too, the property decides: the same body holds in a right twin, not in a wrong one" {
    run -0 twin_probe posts holds
    no_set
    run -1 twin_probe posts fails
    [ "${lines[-2]}" = "not so: the property" ]
    [ "${lines[-1]}" = "the claim does not hold" ]
}

@test "stuck is seen at once, reported, and cleaned up; a sleep that a timeout ends is not stuck" {
    local order before now
    for order in '' '1 2 3 4 4'; do
        before=$SECONDS
        run -0 --separate-stderr twin_probe stuck hangs ${order:+"$order"}
        [ $((SECONDS - before)) -lt 20 ]
        [ -z "$stderr" ]
        now=$(sed 's/[0-9]\{1,\} \(sleeps\|waits\)/PID \1/; s/\<'"${lines[0]#set }"'\>/ID/' <<<"$output" | tail -n 8)
        [ "$now" = 'stuck: each sleeps until another wakes it
PID waits for a child to end
PID sleeps in semop(ID): 1-1
PID sleeps in semop(ID): 1-1
semaphore 0 of ID: semval 1, semncnt 0, semzcnt 0
semaphore 1 of ID: semval 0, semncnt 2, semzcnt 0
the property: no, as claimed
the claim holds' ]
        no_set
        run -1 twin_probe stuck holds ${order:+"$order"}
        run -1 twin_probe stuck fails ${order:+"$order"}    # in another way, it says
        no_set
        run -0 twin_probe timed holds ${order:+'1 2'}
        no_set
    done
}

@test "a body that fails is not a body whose property failed" {
    local body order expected
    for order in '' 1 '1 2'; do         # there is no 2
        run -1 twin_probe crash fails ${order:+"$order"}
        [ "${lines[-2]}" = "not so: the body was killed by SIGKILL" ]
        run -1 twin_probe broken fails ${order:+"$order"}
        [ "${lines[*]}" = "not so: this, too the claim does not hold" ]
        run -3 twin_probe error fails ${order:+"$order"}
        [ "${lines[0]}" = "ERROR [EINVAL Invalid argument] call(7)" ]
    done
    run -3 twin_probe posts holds '1 4'
    [ "${lines[-1]}" = "ERROR: the order names process 4, and there are 3" ]
}

@test "-r is the bare body; other arguments are misuse" {
    run -0 twin_probe -r
    [ "${lines[-1]}" = "the property: yes" ]
    [ "${#lines[@]}" = 6 ]
    run -0 twin_probe --help
    run -2 twin_probe -x
    run -2 twin_probe -r -r
}

# The processes of a job, itself and its descendants, in pids.
tree() {
    local i children
    pids=("$1")
    for ((i = 0; i < ${#pids[@]}; i++)); do
        read -r -a children <"/proc/${pids[i]}/task/${pids[i]}/children" || true
        pids+=("${children[@]}")
    done
}
has_set() { [ -s "$BATS_TEST_TMPDIR/out" ]; }
paused() { read -r wchan <"/proc/$1/wchan" || true; [[ $wchan = *pause* ]]; }
grown() { tree "$1" && [ "${#pids[@]}" -ge "${2:-3}" ]; }

start() { env --default-signal=INT,QUIT twin_probe "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- & }

@test "a signal, SIGKILL too, ends the harness and all that is the body's" {
    local sig order job pids set status wchan
    for sig in HUP INT QUIT TERM KILL; do
        for order in '' 1 '1 2 1'; do
            : >"$BATS_TEST_TMPDIR/out"
            start waiting holds ${order:+"$order"}
            job=$!
            await grown "$job"
            await has_set
            read -r _ set <"$BATS_TEST_TMPDIR/out"
            set_exists "$set"
            kill -s "$sig" "$job"
            status=0
            wait "$job" || status=$?        # not `run wait`: a subshell has no children to wait for
            [ "$status" -eq $((128 + $(kill -l "$sig"))) ]
            [ "$sig" = KILL ] || set_gone "$set"
            await set_gone "$set"       # after SIGKILL the body removes it, when it hears of the death
            await gone "${pids[@]}"
        done
    done
    : >"$BATS_TEST_TMPDIR/out"
    start plain holds '1 2'             # a child that does not ask to die with its parent
    job=$!
    await grown "$job"
    await paused "${pids[-1]}"          # for the harness has to take hold of it first
    kill -KILL "$job"
    await gone "${pids[@]}"
    await set_gone "$(sed -n 's/set //p' "$BATS_TEST_TMPDIR/out")"
}

@test "an ignored signal stays ignored; a process that outlives the body is ended" {
    local pids order job status
    : >"$BATS_TEST_TMPDIR/out"
    (trap '' INT; exec twin_probe waiting holds >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-) &
    job=$!
    await grown "$job" 4
    kill -INT "$job"
    kill -KILL "${pids[-1]}"            # the body waits for this one
    status=0
    wait "$job" || status=$?
    [ "$status" -eq 1 ]
    await gone "${pids[@]}"

    for order in '' '1 2 1'; do
        start orphans holds ${order:+"$order"}
        status=0
        wait $! || status=$?
        [ "$status" -eq 1 ]
        gone "$(sed -n 's/plain //p' "$BATS_TEST_TMPDIR/out")"
        set_gone "$(sed -n 's/set //p' "$BATS_TEST_TMPDIR/out")"
    done
}

@test "the deadline ends what hangs, and says who sleeps on what; where nobody may trace, an order is not shown" {
    local pids job order status
    for order in '' 1; do
        : >"$BATS_TEST_TMPDIR/out"
        start waiting holds ${order:+"$order"}
        job=$!
        await grown "$job"
        kill -ALRM "$job"               # the deadline is an alarm(2)
        status=0
        wait "$job" || status=$?
        [ "$status" -eq 3 ]
        grep -qx 'not over after 60 seconds' "$BATS_TEST_TMPDIR/out"
        gone "${pids[@]}"
        set_gone "$(sed -n 's/set //p' "$BATS_TEST_TMPDIR/out")"
    done
    run -77 svsem_scope trace -o /dev/null -- twin_probe posts holds 1      # it is traced already
    [ "${lines[0]#not shown here: forcing an order needs ptrace}" != "${lines[0]}" ]
}

# unwritten PROGRAM FD: says with which status it ends, its output going to FD; and no process of it is left by then, which
# would hold the pipe open.
unwritten() {
    local said
    read -r -d '' -t "$DEADLINE" said < <(
        timeout "$((DEADLINE / 2))" env --default-signal=PIPE "$1" </dev/null 2>&1 >&"$2" 3>&-
        echo "status $?"
    ) || [ $? -eq 1 ]
    case $said in *'the order names'*) echo "$said" ;; *) echo "${said##*status }" ;; esac     # no fault of the order's
}

@test "output that cannot be written ends every claim program at once with 3, whichever process finds out" {
    local program status full pipe before
    before=$(sets; identifiers shm)
    exec {full}>/dev/full {pipe}> >(true)
    wait $!                             # now nobody reads it
    for program in $("$ROOT/tests/facts" -l); do
        [ "$(unwritten "$program" "$full")" = 3 ] || { echo "$program, onto a full disk"; false; }
        [ "$(unwritten "$program" '-')" = 3 ] || { echo "$program, standard output closed"; false; }
        status=$(unwritten "$program" "$pipe")
        [ "$status" = 3 ] || [ "$status" = 141 ] || { echo "$program, into a broken pipe: $status"; false; }
    done
    [ -z "${SVSEM_NAMESPACE-}" ] || [ "$(sets; identifiers shm)" = "$before" ]
}

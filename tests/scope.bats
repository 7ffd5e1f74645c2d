# scope.bats - svsem_scope: what it draws, finds and counts, and that nothing is left behind.

load helper

complete() { echo "complete: $1 schedule$([ "$1" -eq 1 ] || echo s), no deadlock, no failed exit, nothing left behind"; }

# counts N VALUES CALLS...: does explore end complete after N schedules of scope_ops?
counts() {
    local n=$1
    shift
    gives 0 "$(complete "$n")" svsem_scope explore -- scope_ops "$@"
}

# agrees [OPTION] VALUES CALLS...: does the search that leaves orders out find as many classes as the one that makes all?
agrees() {
    local clever naive
    clever=$(svsem_scope explore ${CRASH:+"$CRASH"} -- scope_ops "$@" 2>&1)
    naive=$(svsem_scope explore ${CRASH:+"$CRASH"} --preemptions 1000 -- scope_ops "$@" 2>&1)
    if [ "${clever%%,*}" != "${naive%%,*}" ]; then
        printf '%s\n' "$*" "clever: $clever" "naive:  $naive"
        return 1
    fi
}

# names TEXT COMMAND...: does COMMAND print TEXT somewhere?
names() {
    local text=$1 got
    shift
    got=$("$@" 2>&1) || true
    case $got in *"$text"*) return 0 ;; esac
    printf '%s\n' "command: $*" "wanted:  $text" "got:     $got"
    return 1
}

# patient ARGUMENTS...: explore, which waits but shortly for what polls or sleeps elsewhere. Where a status of 3 says that the
# program has been running all that time, this was too little for the machine: then it waits longer, and finds it later.
patient() {
    local patience said status
    for patience in 0.2 2 20; do
        status=0
        said=$(svsem_scope explore --patience "$patience" "$@" 2>&1) || status=$?
        [ "$status" -eq 3 ] && [[ $said != *' sleeps in '* ]] || break
    done
    printf '%s\n' "$said"
    return "$status"
}

# switches PID: how often has it left a processor by itself?
switches() { sed -n 's/^voluntary_ctxt_switches:.//p' "/proc/$1/status"; }

setup() {
    untraced
    needs ptrace
    CRASH=
}
teardown() { [ -z "${id-}" ] || svsem_rm "$id"; }

@test "scope: the counts that can be worked out by hand" {
    counts 20 0 0+1/0+1/0+1 0+1/0+1/0+1
    counts 1 0,0 0+1/0+1/0+1 1+1/1+1/1+1
    counts 24 0 0+1 0+1 0+1 0+1
    counts 3 0,0 0+1/1+1 1+1/0+1        # two orders on each semaphore, but not the two that would go round in a circle
    counts 4 1 0-1/0+1 0-1/0+1          # who first, and whether the other comes while the lock is held
    counts 2 0,0 a 1+1                  # GETALL looks at every semaphore
    counts 1 0,0 v0 1+1                 # GETVAL at one
    counts 6 0 v0/v0 0+1/0+1
}

@test "scope: no class is left out or counted twice, against all orders made" {
    agrees 1,1 0-1/1+1 1-1/0+1
    agrees 0,0 0-1,1-1 0+1 1+1
    agrees 1 0-1n/0+1 0-1/0+1
    agrees 0 t0-1 0+1/0+1
    agrees 0,0 1+1/t0-1/t0-1 1-1/0+1    # what touches another semaphore lets no timeout fire again
    agrees 1,0 0-1/y/0+1 0-1/0+1/1+1
    agrees 0 k 0+1/0+1/0+1/m            # nor lets it one who polls for a key look again
    agrees 0,0 0+1u/1+1 s0=1            # what SETVAL wipes would have been given back before it
    agrees 0,0 0-1/1+1 '1+1/!k9@1' 1+1          # a signal that a step sends meets the other process's steps
    agrees 0,0 h/0+1/0-1/0-1 '1+1/!k15@1/1+1' 0+1
    agrees 0,0 0-1 '1+1/!k9@1' 0+1/v0           # one that is sent to a sleeper takes it off its queue
    agrees 0,0 0+1 '1+1/!g15' 1+1
    agrees 2,0 t1-1/1-1u/0-1n 'z/!t15@1' 1=0    # one after a nap comes last of all
    ends 0 svsem_scope explore --max 222 -- svsem_philosophers 1 3          # none is run twice while another sleeps
    CRASH=--crash
    agrees 0,0,1 t0-1,1+1 s2=2
    agrees 2,0 1+1u s1=1
    agrees 0,0 t0-1u 0+1/1+1
    agrees 1 0-1u/0+1u 0-1u
    agrees 5,5 0-1u/1-1u 0-1u
    agrees 1,0 s1=1/t1-1/0-1,1+1 't1-1/z/!t15@1'
}

# svsem_good_init makes its key of the clock.
@test "scope: a key is known by its place among the keys, for its number may be another one in the next run" {
    gives 0 "$(complete 10)" svsem_scope explore -- svsem_good_init
    names 'complete: 10 schedules' svsem_scope explore --preemptions 1000 -- svsem_good_init
    names ' fails: stuck: P1 polls IPC_STAT' patient --crash -- svsem_good_init
}

@test "scope: deadlock, failed exit, what is left behind, and their schedules" {
    local got
    got=$(ends 1 svsem_scope explore -- scope_ops 1,1 0-1/1-1/1+1/0+1 1-1/0-1/0+1/1+1) || { echo "$got"; false; }
    names 'fails: deadlock: P1 in wait4; P2 asleep in semop 1-1 of A; P3 asleep in semop 0-1 of A' \
        svsem_scope explore -- scope_ops 1,1 0-1/1-1/1+1/0+1 1-1/0-1/0+1/1+1
    names 'deadlock: P1 in wait4' svsem_scope replay --schedule=1,1,2,3,2,3 -- scope_ops 1,1 0-1/1-1 1-1/0-1
    names 'P1 (scope_ops) exited with 1' svsem_scope explore -- scope_ops 0 x
    names '1 set or segment left behind' svsem_scope explore -- svsem_create -p 1
    names 'not complete' svsem_scope explore --max 3 -- scope_ops 0 0+1/0+1 0+1/0+1
    ends 3 svsem_scope explore --max 3 -- scope_ops 0 0+1/0+1 0+1/0+1
    names 'not complete: 0 schedules in 1 run ' svsem_scope explore --patience 0.1 -- scope_ops 0 n
}

@test "scope: a lock without SEM_UNDO does not outlive a crash, one with it does" {
    names 'P2 SIGKILL' sh -c 'svsem_scope explore --crash -- scope_ops 1 0-1/0+1 0-1/0+1 | sed -n "s/^P2 .*\(SIGKILL\).*/P2 \1/p"'
    gives 0 "$(complete 28)" svsem_scope explore --crash -- scope_ops 1 0-1u/0+1u 0-1u/0+1u
}

@test "scope: polling ends, naps take no time, timeouts are choices" {
    ends 0 svsem_scope explore -- scope_ops 0 w 0+1
    names 'fails: stuck: P1 in wait4; P2 polls' patient -- scope_ops 0 w
    counts 1 0 z/z/z/z/z/z/z/z/0+1
    counts 3 0 t0-1 0+1
    counts 1 0 t0-1/t0-1/t0-1/t0-1      # each gives up: that is no deadlock
    counts 1 0 v0/v0/v0/v0/v0/v0/v0/v0
    names 'fails: deadlock: P1 in wait4; P2 asleep in semop 0-1 of A' patient -- scope_ops 0,0 u
    names 'no deadlock' svsem_scope explore -- scope_ops 0,0 u 1+1
    ends 0 patient -- scope_ops 0 Z
    ends 0 patient -- scope_ops 0 c          # a deadline that the scope does not see
    ends 3 within "$DEADLINE" svsem_scope explore --patience 0.2 -- scope_ops 0 n 0-1
    [ "$(patient -- scope_ops 0 w | wc -l)" -lt 12 ]        # what was done in vain is not drawn
}

@test "scope: trace draws the same picture twice, passes output and status through" {
    local a b
    gives 3 seen sh -c 'svsem_scope trace -o /dev/null -- sh -c "echo seen; exit 3"'
    a=$(svsem_scope trace -- svsem_alternate 2>&1 >/dev/null)
    b=$(svsem_scope trace -- svsem_alternate 2>&1 >/dev/null)
    [ -n "$a" ]
    [ "$a" = "$b" ]
    [ "$(printf '%s\n' "$a" | awk 'length > 80' | wc -l)" -eq 0 ]
    names '0-1 zzEAGAIN' svsem_scope trace -- svsem_timedwait 50          # that the clock ended the sleep is no reason to hide it
    names 'P2 semadj' svsem_scope trace -- scope_ops 1 0-1u/v0
    names ' 0-1,1-1,2-1,3-1,...' svsem_scope trace -- scope_ops 0,0,0,0,0,0 0+1u,1+1u,2+1u,3+1u,4+1u,5+1u/v0
    names '-0=0n,1+1,2+1,3+1,4+1,5+1,... exit 0' svsem_scope trace -- scope_ops 0,0,0,0,0,0,0 0=0n,1+1,2+1,3+1,4+1,5+1,6+1
    cp "$ROOT/build/tests/scope_ops" "$BATS_TEST_TMPDIR/"$'a\033[31m'
    names 'P1 a?[31m' svsem_scope trace -- "$BATS_TEST_TMPDIR/"$'a\033[31m' 0
    names 'semget->E' svsem_scope replay --schedule= -- sh -c 'for i in 1 2 3 4 5; do svsem_create -p 1; done >/dev/null'
}

@test "scope: step takes its choices from a pipe" {
    local got
    got=$(printf '%s\n' 1 1 2 u 3 3 q | svsem_scope step -- scope_ops 0 0+1 0+1/0+1 | tail -n 1)
    [ "$got" = "svsem_scope replay --schedule=1,1,3,3 -- scope_ops 0 0+1 0+1/0+1" ]
    got=$(printf '%s\n' 1 1 2 'k 2' | svsem_scope step -- scope_ops 0 0-1 | tail -n 1)
    [ "$got" = "svsem_scope replay --schedule=1,1,2,2x -- scope_ops 0 0-1" ]
    got=$(printf '%s\n' 1 1 2 'k 2' 1 | within "$DEADLINE" svsem_scope step -- scope_ops 1 0-1u | grep -c 'ended, and well')
    [ "$got" -eq 1 ]                            # one that is held at its end is not killed, but let go
    got=$(printf '%s\n' 4294967297 q | svsem_scope step -- scope_ops 0 | tail -n 1)
    [ "$got" = "svsem_scope replay --schedule= -- scope_ops 0" ]
    gives 0 "deadlock" sh -c "printf '%s\n' 1 1 2 | svsem_scope step -- scope_ops 0 0-1 | grep -o ^deadlock"
}

@test "scope: what is no deadlock: an alarm, a pipe from outside" {
    counts 1 0 l/0-1
    counts 1 0 L/0-1
    names 'fails: deadlock: P1 in wait4; P2 asleep in semop 0-1 of A' svsem_scope explore -- scope_ops 0 l/0-1/0-1
    names 'fails: deadlock: P1 in wait4; P2 asleep in semop 0-1 of A' svsem_scope explore -- scope_ops 0 L/0-1/0-1
    mkfifo "$BATS_TEST_TMPDIR/pipe"
    names 'no verdict: P1 (sh) sleeps in read for' patient -- sh -c 'read x <&3' 3<>"$BATS_TEST_TMPDIR/pipe"
    names 'no verdict: P1 (sh) sleeps in read for' patient -- sh -c "read x <>'$BATS_TEST_TMPDIR/pipe'"
    names 'fails: stuck: P1 in wait4; P2 in ppoll' svsem_scope explore -- scope_ops 0 p
}

@test "scope: another process uses the traced one's set" {
    local tracer tracee status=0
    id=$(svsem_create -p 1)             # teardown() removes it
    svsem_scope trace -- svsem_op "$id" 0-1 0-1n >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    tracer=$!
    await eval 'tracee=$(tr -d " " <"/proc/$tracer/task/$tracer/children") && [ -n "$tracee" ] && asleep "$tracee"'
    svsem_op "$id" 0+2 >/dev/null
    wait "$tracer" || status=$?
    cat "$BATS_TEST_TMPDIR/out"
    [ "$status" -eq 0 ]
}

@test "scope: a death that a process of the run asked for is well" {
    counts 1 0 '!k15'
    counts 1 0 '!k9'
    counts 1 0 '!k6'                            # kill(getpid(), SIGABRT) is no abort()
    counts 1 0 '!t15'
    counts 1 0 '!g15'
    counts 1 0 '!g9'
    counts 2 0 0-1 '0+1/!k9@1'
    counts 2 0 0-1 '0+1/!t15@1'
    counts 2 0 0-1 '0+1/!q15@1'
    counts 2 0 0-1 '0+1/!p9@1'
    gives 0 "$(complete 1)" svsem_scope explore -- bash -c 'sleep 100 & kill $!; wait; exit 0'
}

@test "scope: a death that nobody asked for fails the run" {
    local how tracer first second status=0
    for how in A '!t6'; do
        names 'fails: P2 (scope_ops) died of SIGABRT' svsem_scope explore -- scope_ops 0 "$how"
    done
    ASAN_OPTIONS=handle_segv=0 names 'fails: P2 (scope_ops) died of SIGSEGV' svsem_scope explore -- scope_ops 0 C
    names 'fails: P2 (scope_ops) died of SIGPIPE' svsem_scope explore -- scope_ops 0 E
    names 'fails: P2 (scope_ops) died of SIGPIPE' svsem_scope explore -- scope_ops 0 'h/!k13/E'     # it has handled that one
    names 'fails: P1 (sh) died of SIGTERM' svsem_scope explore -- sh -c 'kill $$'
    mkfifo "$BATS_TEST_TMPDIR/silence"
    svsem_scope replay --schedule= --patience 60 -- sh -c 'cat <"$0" & wait; exit 0' "$BATS_TEST_TMPDIR/silence" \
        >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    tracer=$!
    await eval '{ first=$(tr -d " " <"/proc/$tracer/task/$tracer/children") && [ -n "$first" ] &&
        second=$(tr -d " " <"/proc/$first/task/$first/children") && [ -n "$second" ]; } 2>/dev/null'     # it has had other children
    kill "$second"
    wait "$tracer" || status=$?
    cat "$BATS_TEST_TMPDIR/out"
    [ "$status" -eq 3 ]         # one that another has sent says nothing of the program
    grep -q '^svsem_scope: no verdict: P2 (.*) was sent SIGTERM by process [0-9]*, which is not of the run$' "$BATS_TEST_TMPDIR/out"
}

@test "scope: replay passes over a step whose process cannot go, so that one schedule judges two programs" {
    local schedule=1,1,2,3,3,2
    names 'deadlock: P1 in wait4' svsem_scope replay --schedule="$schedule" -- scope_ops 1,1 0-1/1-1/0+1,1+1 1-1/0-1/0+1,1+1
    gives 0 'svsem_scope: step 5 passed over: P3 cannot go now' svsem_scope replay --schedule="$schedule" -o /dev/null -- \
        scope_ops 1,1 0-1,1-1/0+1,1+1 1-1,0-1/0+1,1+1
    ends 0 svsem_scope replay --schedule=1,2 -- scope_ops 0 0+1
    ends 1 svsem_scope replay --schedule=1,2 -- scope_ops 0 x
    ends 0 svsem_scope replay --schedule=9,9x,1t -- scope_ops 0 0+1
}

@test "scope: a drawing that cannot be written is said, and is no success" {
    local mode
    for mode in trace 'replay --schedule=' explore; do
        # shellcheck disable=SC2086
        names 'svsem_scope: cannot write /dev/full: No space left on device' svsem_scope $mode -o /dev/full -- scope_ops 0 x
        # shellcheck disable=SC2086
        ends 3 svsem_scope $mode -o /dev/full -- scope_ops 0 x
        # shellcheck disable=SC2086
        ends 3 svsem_scope $mode -o /nonexistent/x.svg -- scope_ops 0 x
    done
    ends 3 sh -c 'echo q | svsem_scope step -o /dev/full -- scope_ops 0 0+1'
    # A reader that has gone, as `| head -n 1` does, is no failure to be told of.
    # shellcheck disable=SC2016
    gives 141 '' bash -c 'exec 3> >(exit); wait $!; svsem_scope explore -- scope_ops 0 x >&3'
    ends 0 svsem_scope trace -o "$BATS_TEST_TMPDIR/x.svg" -- scope_ops 0 0+1
    grep -q '</svg>' "$BATS_TEST_TMPDIR/x.svg"
}

@test "scope: a process that could not be followed is not made" {
    local how mode status mark="SCOPE_MARK=$$-untraced"
    for how in U V; do
        for mode in explore 'trace -o /dev/null'; do
            status=0                            # no pipe, which such a process would keep open
            # shellcheck disable=SC2086
            env "$mark" svsem_scope $mode -- scope_ops 0 "$how" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || status=$?
            cat "$BATS_TEST_TMPDIR/out"
            ! grep -q '^P2 scope_ops .* exit 77' "$BATS_TEST_TMPDIR/out" || continue 2       # this kernel refuses clone3()
            [ "$status" -eq 2 ]
            grep -qx 'svsem_scope: P2 (scope_ops) makes a process with CLONE_UNTRACED: these cannot be followed' \
                "$BATS_TEST_TMPDIR/out"
        done
    done
    run ! grep -lzsx "$mark" /proc/[0-9]*/environ
}

# stopped_longer SECONDS: does a trace that has this patience, and is stopped for longer, still end well?
stopped_longer() {
    local tracer before
    exec 4<>"$BATS_TEST_TMPDIR/pipe"
    svsem_scope trace --patience "$1" -o /dev/null -- cat "$BATS_TEST_TMPDIR/pipe" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- 4>&- &
    tracer=$!
    await eval '[ -n "$(cat "/proc/$tracer/task/$tracer/children")" ]' || return
    kill -STOP "$tracer"
    await grep -q '^State:.T' "/proc/$tracer/status" || return
    read -r -t "$(($1 * DEADLINE / 20)).2" -u "$SILENCE" || true     # longer than its patience: that is what is tested
    before=$(switches "$tracer")
    kill -CONT "$tracer"
    await eval '[ "$(switches "$tracer")" -ge $((before + 3)) ] || gone "$tracer"' || return    # it has looked at the clock again
    echo seen >&4
    exec 4>&-
    wait "$tracer" && grep -qx seen "$BATS_TEST_TMPDIR/out"
}

@test "scope: the time for which it is stopped is no time for which a process kept it waiting" {
    mkfifo "$BATS_TEST_TMPDIR/pipe"
    # What comes before and after the stop may take a slow machine a second; but it does not grow with the patience.
    stopped_longer 1 || stopped_longer 4 || stopped_longer 16 || { cat "$BATS_TEST_TMPDIR/out"; false; }
}

@test "scope: a program's kill of its whole group does not end the scope" {
    ends 0 setsid -w svsem_scope explore -- sh -c 'trap "" USR1; kill -USR1 0'
}

@test "scope: outside a namespace of its own it removes what the run made, and nothing else" {
    local before after
    before=$(sets)
    SCOPE_SHARED=1 svsem_scope explore -- scope_ops 1,1 0-1/1-1 1-1/0-1 >/dev/null || true
    SCOPE_SHARED=1 svsem_scope explore -- svsem_create -p 1 >/dev/null || true
    mkfifo "$BATS_TEST_TMPDIR/unread"
    exec 4<>"$BATS_TEST_TMPDIR/unread" 5>"$BATS_TEST_TMPDIR/unread" 4<&-
    printf '%s\n' 1 1 2 | SCOPE_SHARED=1 svsem_scope step -- scope_ops 1 0-1/0+1 >&5 || true
    exec 5>&-
    after=$(sets)
    [ "$before" = "$after" ]
}

@test "scope: interrupted, it leaves no set and no process" {
    local pid tracee before after status=0
    before=$(sets)
    mkfifo "$BATS_TEST_TMPDIR/choices"
    SCOPE_SHARED=1 svsem_scope step -- scope_ops 0 0-1 <"$BATS_TEST_TMPDIR/choices" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    exec 4>"$BATS_TEST_TMPDIR/choices"
    printf "%s\n" 1 1 2 >&4
    await grep -q deadlock "$BATS_TEST_TMPDIR/out"
    tracee=$(tr -d ' ' <"/proc/$pid/task/$pid/children")
    kill -TERM "$pid"
    wait "$pid" || status=$?
    exec 4>&-
    [ "$status" -eq 143 ]
    gone "$tracee"
    after=$(sets)
    [ "$before" = "$after" ]
}

@test "scope: threads share one semadj, exec keeps it" {
    names 'exit 0' svsem_scope trace -- svsem_undo_exec
    names 'P2 semadj' svsem_scope trace -- svsem_undo_exec
}

@test "scope: installed, it runs what PATH finds, and names itself as it was typed" {
    local example n=0
    cd "$BATS_TEST_TMPDIR" || return
    away_from_tree
    while IFS= read -r example; do
        names 'IPC_RMID exit 0' bash -c "$example"
        n=$((n + 1))
    done < <(examples svsem_scope)
    [ "$n" -eq 2 ]
    names $'\nsvsem_scope replay --schedule= -- svsem_ls' bash -c 'svsem_scope step -- svsem_ls <<<q'
}

@test "scope: misuse is refused" {
    ends 0 svsem_scope --help
    ends 2 svsem_scope
    ends 2 svsem_scope look
    ends 2 svsem_scope trace
    ends 3 sh -c 'svsem_scope explore -- scope_ops 0 >/dev/full'
    ends 2 svsem_scope replay -- true
    ends 2 svsem_scope replay --schedule=1a -- true
    ends 2 svsem_scope replay --schedule=, -- true
    ends 2 svsem_scope replay --schedule=1t2 -- true
    ends 0 svsem_scope replay --schedule= -- true
    ends 2 svsem_scope trace --patience 1e-9 -- true
    ends 2 svsem_scope explore --max 0 -- true
    ends 2 svsem_scope explore --max 5x -- true
    ends 2 svsem_scope trace --crash -- true
    ends 2 svsem_scope trace --patience 0 -- true
    ends 2 svsem_scope trace -- /nonexistent/program
    gives 0 '' sh -c 'svsem_scope step -- /nonexistent/program 2>/dev/null || [ $? -eq 2 ]'
    gives 2 'svsem_scope: cannot run /nonexistent/program' svsem_scope step -- /nonexistent/program
    [ "$(uname -m)" != x86_64 ] || ends 2 svsem_scope trace -- scope_ops 0 o
}

@test "scope: the figures of the pages are what real runs draw" {
    local figure
    mkdir -p "$BATS_TEST_TMPDIR/figures"
    "$ROOT/tests/figures" "$BATS_TEST_TMPDIR/figures"
    for figure in "$ROOT"/docs/figures/*.svg; do
        cmp "$figure" "$BATS_TEST_TMPDIR/figures/${figure##*/}"
    done
}

@test "scope: threads, vfork, and scripts in other languages" {
    names 'P2 semadj' svsem_scope trace -- scope_threads
    gives 0 "$(complete 2)" svsem_scope explore -- scope_threads
    ends 3 svsem_scope trace -- scope_threads exec
    gives 0 "$(complete 10)" svsem_scope explore -- scope_threads exit      # 3 x 3 ways to come so far, one in 2 orders
    gives 0 "$(complete 2)" svsem_scope explore -- scope_threads stop
    for _ in 1 2 3 4 5 6 7 8; do        # the kernel ends them in any order, but it is P2 that gives back
        names '1+1u --exit' svsem_scope trace -- scope_threads undo
    done
    gives 0 "$(complete 1)" svsem_scope explore -- scope_threads vfork
    if perl -e 'use IPC::Semaphore' 2>/dev/null; then
        gives 0 "$(complete 2)" svsem_scope explore -- perl -e 'use IPC::SysV; use IPC::Semaphore;
            $s = IPC::Semaphore->new(0, 1, 0600); unless (fork) { $s->op(0, -1, 0); exit } $s->op(0, 1, 0); wait; $s->remove'
    fi
    gives 0 "$(complete 2)" svsem_scope explore -- \
        bash -c 'id=$(svsem_create -p 1); svsem_op $id 0-1 & svsem_op $id 0+1; wait; svsem_rm $id'
}

@test "scope: --preemptions bounds how often a process is left that could go on" {
    local k want=(2 6 14 18 20 20) got
    for k in "${!want[@]}"; do
        got=$(svsem_scope explore --preemptions "$k" -- scope_ops 0 0+1/0+1/0+1 0+1/0+1/0+1)
        [ "${got%%,*}" = "$(complete "${want[k]}" | cut -d , -f 1)" ]
    done
}

@test "scope: a long search says on a terminal how far it has come, and wipes that away" {
    local got='' n long
    needs terminals
    command -v script >/dev/null || skip 'there is no script(1)'
    for n in 50 200 800 3200; do                # long enough for it to speak up, on whatever machine
        case $got in *' runs so far'*) break ;; esac
        long="svsem_scope explore --max $n -- scope_ops 0 0+1/0+1/0+1 0+1/0+1/0+1 0+1/0+1/0+1"
        got=$(env -u NO_COLOR TERM=xterm script -qec "$long" /dev/null </dev/null 2>&1 3>&-) || true
    done
    case $got in *' runs so far'$'\r\033[K''not complete: '*) ;; *) echo "$got"; false ;; esac
    got=$($long 2>&1) || true
    case $got in 'not complete: '*' schedules in '*' runs without a failure, and there may be more') ;; *) echo "$got"; false ;; esac
}

@test "scope: an unprivileged user searches what that user may read, and is told of what not" {
    local dir=$BATS_TEST_TMPDIR as='setpriv --reuid 65534 --regid 65534 --clear-groups'
    [ "$EUID" -eq 0 ] || skip 'needs root, to own a file that the user may run but not read'
    cp "$ROOT/svsem/svsem_scope" "$ROOT/build/tests/scope_ops" "$dir"
    chmod -R a+rX "$dir" "${dir%/*}" "${dir%/*/*}"
    $as test -x "$dir/svsem_scope" || skip 'the temporary directory is not readable for others'
    gives 0 'complete: 4 schedules, no deadlock, no failed exit, nothing left behind' \
        $as "$dir/svsem_scope" explore -- "$dir/scope_ops" 1 0-1/0+1 0-1/0+1
    chmod 711 "$dir/scope_ops"
    gives 2 'svsem_scope: P1 (scope_ops) may not be looked into: not followed' \
        $as "$dir/svsem_scope" explore -- "$dir/scope_ops" 1 0-1/0+1
    cp "$(command -v bash)" "$dir/deaf"         # cat may be a name of one program that is all tools, and knows no other
    chmod 711 "$dir/deaf"
    mkfifo -m 666 "$dir/silence"
    # shellcheck disable=SC2016
    run -2 $as "$dir/svsem_scope" explore --patience 1 -- sh -c 'cd "$0" && exec 3<>silence && exec ./deaf -c "read -r -u 3"' "$dir"
    case $output in 'svsem_scope: P1 ('*') may not be looked into: not followed') ;; *) false ;; esac    # seen in its exec(), it is sh
}

#!/usr/bin/env bats
# doctor.bats - make doctor, and what demo, facts and the tests do on machines that forbid something: one line that says what,
# and how to allow it; a skip; never a failure or a hang.

load helper

setup() {
    untraced
    needs proc sets
    cd "$ROOT" || return
    unset SVSEM_MISSING         # here each asks anew
    export ASAN_OPTIONS=detect_leaks=0              # a leak sanitizer needs ptrace
}

# lacks WHAT WHY COMMAND...: under COMMAND the doctor finds WHAT missing, by the report and by -q, and says WHY.
lacks() {
    local what=$1 why=$2
    shift 2
    run -0 "$@" tests/doctor
    echo "$output"
    [[ ${lines[0]} = *"$what"* || ${lines[0]} = 'Nothing can be shown on this machine: no set of semaphores can be made.' ]]
    grep -qE "^$what +no: $why" <<<"$output"
    [ "$(grep -cE '^[a-z]+ +no: ' <<<"$output")" -eq "$(grep -c '^    not shown: .' <<<"$output")" ]
    [ "$(grep -cE '^[a-z]+ +no: ' <<<"$output")" -eq "$(grep -c '^    remedy: .' <<<"$output")" ]
    [ ${#lines[@]} -le 30 ]
    awk 'length > 80 { print; n++ } END { exit n }' <<<"$output"
    run -1 "$@" tests/doctor -q "$what"
    [ ${#lines[@]} -eq 1 ]
    [[ $output =~ ^$why.*\;\ . ]]
    run -1 "$@" tests/doctor -q
    grep -q "^$what: $why" <<<"$output"
}

# hidden WHAT COMMAND...: where a part of the file system is hidden, if it may be.
hidden() {
    local what=$1
    shift
    case $what in
        proc) what='mount -t tmpfs none /proc' ;;
        terminals) what='mount --bind /dev/null /dev/ptmx' ;;
    esac
    unshare --mount sh -c "$what"' && exec "$@"' - "$@"
}
needs_hiding() { hidden "$1" svsem/svsem_info --help >/dev/null 2>&1 || skip "hiding $1 is not allowed here, or a sanitizer needs it"; }

@test "doctor: what is forbidden, why, what is then not shown, and the remedy, in 80 columns" {
    needs namespaces ptrace calls
    lacks ptrace 'a seccomp filter forbids ptrace' without ptrace --
    lacks calls 'a seccomp filter hides' without ptrace --
    lacks namespaces 'a seccomp filter forbids unshare' without namespaces ptrace --
    lacks sets 'this kernel has no System V semaphores' without sysvipc namespaces ptrace --
    lacks sets 'no set can be made: there are as many as there may be' without sets --
}

@test "doctor: Yama is named by its setting; at 1 all is allowed" {
    yama 1 true 2>/dev/null || skip 'this kernel has no seccomp filter that asks'
    needs ptrace calls
    gives 0 '' yama 1 tests/doctor -q ptrace calls
    lacks ptrace 'Yama forbids ptrace .kernel.yama.ptrace_scope is 2.' yama 2
    lacks ptrace 'Yama forbids ptrace .kernel.yama.ptrace_scope is 3.' yama 3
    lacks calls 'Yama hides what others do .kernel.yama.ptrace_scope is 3.' yama 3
}

@test "doctor: without /proc, without pseudo-terminals, with nowhere to write temporary files" {
    gives 0 '' env TMPDIR=/nonexistent tests/doctor -q tmp
    run -0 env TMPDIR=/nonexistent tests/doctor
    grep -q '^tmp  *yes: build/, since /nonexistent cannot be written to$' <<<"$output"
    ! grep -q '^tools .*no bats' <<<"$output" || false
    gives 2 'doctor: the report cannot be written' bash -c 'exec tests/doctor >&-'
    gives 2 'facts: the results cannot be written' bash -c 'exec tests/facts svsem_access >/dev/full'
    needs_hiding terminals
    lacks terminals 'no pseudo-terminal can be had' hidden terminals
    needs_hiding proc
    lacks proc '/proc is not mounted' hidden proc
    lacks ptrace '/proc is not mounted' hidden proc
}

@test "doctor: what was asked before is not asked again; misuse" {
    export SVSEM_MISSING=$'ptrace: it is gone; get it\ntmp: full; empty it'
    gives 1 'it is gone; get it' tests/doctor -q sets ptrace tmp
    gives 1 'full; empty it' tests/doctor -q tmp
    gives 0 '' tests/doctor -q sets
    gives 1 "$SVSEM_MISSING" tests/doctor -q
    SVSEM_MISSING='' gives 0 '' tests/doctor -q
    ends 0 tests/doctor --help
    ends 2 tests/doctor -q nonsense
    ends 2 tests/doctor ptrace
}

@test "doctor: it leaves no set, no process and no file, also when it is ended in the middle" {
    local before
    before=$(sets)
    ends 0 tests/doctor
    [ -z "${SVSEM_NAMESPACE-}" ] || [ "$(sets)" = "$before" ]
    # Ended while svsem_mon looks: one that never shows anything.
    mkdir -p "$BATS_TEST_TMPDIR"/{tests,svsem,build}
    cp tests/doctor "$BATS_TEST_TMPDIR/tests"
    cp svsem/svsem_{create,op,rm,scope} "$BATS_TEST_TMPDIR/svsem"
    gives 0 '' env TMPDIR=/nonexistent "$BATS_TEST_TMPDIR/tests/doctor" -q tmp
    [ -z "$(ls "$BATS_TEST_TMPDIR/build")" ]
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "$PPID" >"%s"\n' "$BATS_TEST_TMPDIR/asked" >"$BATS_TEST_TMPDIR/svsem/svsem_mon"
    chmod +x "$BATS_TEST_TMPDIR/svsem/svsem_mon"
    "$BATS_TEST_TMPDIR/tests/doctor" -q calls </dev/null >/dev/null 2>&1 3>&- &
    await test -s "$BATS_TEST_TMPDIR/asked"
    kill -TERM $!
    wait $! || true
    [ -z "${SVSEM_NAMESPACE-}" ] || [ "$(sets)" = "$before" ]
}

@test "without ptrace, make demo types its session, says why there is no drawing and what to do, and is well" {
    needs terminals
    run -0 without ptrace -- make -s --no-print-directory -o all demo
    grep -q '^\$ ./svsem_demo 0 ' <<<"$output"
    [[ ${lines[-1]} = 'Here svsem_scope would draw the same commands, but '*' forbids ptrace'*'; '* ]]
    run -2 without sysvipc -- make -s --no-print-directory -o all demo
    [ "${lines[0]}" = 'this kernel has no System V semaphores; another kernel is needed, with CONFIG_SYSVIPC' ]
}

@test "without ptrace and namespaces, make facts runs the right programs once, shows the wrong ones not, and is well" {
    run -0 without ptrace namespaces -- tests/facts
    [[ ${lines[-1]} =~ ^[1-9][0-9]*' hold, 0 do not, '[1-9][0-9]*' ran once, '[1-9][0-9]*' not shown, 0 could not run - ' ]]
    [[ ${lines[-2]} = 'Without svsem_scope what ran once is not proved, and the rest is not shown: '*' forbids ptrace'*'; '* ]]
}

@test "a test that needs what is forbidden is skipped, with the doctor's reason" {
    # shellcheck disable=SC2016
    SVSEM_MISSING='ptrace: it is gone; get it' run -0 bash -c "$(declare -p ROOT); $(declare -f needs); "'
        skip() { echo "# skip $1"; exit; }
        needs sets tmp; echo on; needs tmp ptrace; echo and on'
    [ "$output" = $'on\n# skip it is gone; get it' ]
}

@test "without /proc or System V semaphores, tests/run and facts say so in one line, and what to do" {
    gives 1 'tests/run: this kernel has no System V semaphores; another kernel is needed, with CONFIG_SYSVIPC' without sysvipc -- tests/run
    gives 2 'facts: this kernel has no System V semaphores; another kernel is needed, with CONFIG_SYSVIPC' without sysvipc -- tests/facts
    needs_hiding proc
    gives 1 'tests/run: /proc is not mounted; as root: mount -t proc proc /proc' hidden proc tests/run
    gives 2 'facts: /proc is not mounted; as root: mount -t proc proc /proc' hidden proc tests/facts
}

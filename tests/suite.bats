#!/usr/bin/env bats
# suite.bats - what the tests themselves rest on: where one has failed, it says; what is started in it has an end.

load helper

@test "suite: a failing test names its own line, whichever bats runs it" {
    local file=$BATS_TEST_TMPDIR/tests/fails.bats case bats
    local cases=('false' 'gives 0 x echo y' 'deep' '[[ a = b ]]' '((1 == 2))' 'run -0 false' 'await deep')
    bats=$(type -aP bats | grep -v -m 1 /libexec/)         # the one that is typed
    mkdir "${file%/*}"
    ln -s "$ROOT/tests/helper.bash" "${file%/*}"
    {
        printf '%s\n' 'load helper' 'DEADLINE=0' 'deep() {' '    deeper' '}' 'deeper() { [ "$BATS_TEST_NAME" = other ]; }'
        for case in "${cases[@]}"; do printf '@test "%s" {\n    true\n    %s # here\n    true\n}\n' "$case" "$case"; done
        printf '%s\n' 'setup() {' '    untraced' '    [ "$BATS_TEST_DESCRIPTION" != setup ] # here' '}' '@test "setup" {' '    true' '}'
    } >"$file"
    run -1 env -i PATH="$PATH" TMPDIR="$BATS_TEST_TMPDIR" "$bats" --tap "$file" 3>&-
    echo "$output"
    sed -n 's/^#.*in test file .*, line \([0-9]*\))$/\1/p' <<<"$output" | diff - <(grep -n '# here$' "$file" | cut -d : -f 1)
}

@test "suite: within: statuses as a shell's, signals by default, closed descriptors closed; -a leaves nothing running" {
    local pid
    ends 7 within "$DEADLINE" sh -c 'exit 7'
    ends 137 within "$DEADLINE" sh -c 'kill -KILL $$'
    ends 124 within 0.1 sleep 60
    ends 127 within 0 "$BATS_TEST_TMPDIR/nosuch"
    ends 2 within x true
    (trap '' INT && ends 130 within "$DEADLINE" bash -c 'kill -INT $$')
    run -0 within "$DEADLINE" bash -c 'exec >&-; exec within 5 bash -c "[ ! -e /proc/self/fd/1 ]"'
    within -a "$DEADLINE" bash -c 'setsid sleep 60 & echo $! >"$0"' "$BATS_TEST_TMPDIR/pid" 3>&-
    gone "$(<"$BATS_TEST_TMPDIR/pid")"
    within -a inf bash -c '(setsid bash -c "echo \$\$ >\$0; sleep 60; true" "$0" &); sleep 60; true' "$BATS_TEST_TMPDIR/far" \
        </dev/null >/dev/null 2>&1 3>&- &
    pid=$!
    await test -s "$BATS_TEST_TMPDIR/far"
    kill "$pid"
    wait "$pid" || [ $? -eq 143 ]
    gone "$(<"$BATS_TEST_TMPDIR/far")"
}

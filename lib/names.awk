# Reads the macros of <errno.h> and <signal.h> (cc -E -dM), writes errorName()
# and signalName() in C. Two names of one value become "EAGAIN/EWOULDBLOCK".
$1 != "#define" || NF != 3 { next }
$2 ~ /^E[A-Z0-9]+$/ && $3 ~ /^E/ { alias[$2] = $3 }
$2 ~ /^E[A-Z0-9]+$/ && $3 ~ /^[0-9]+$/ { value[$2] = $3 }
$2 ~ /^SIG[A-Z0-9]+$/ && $3 ~ /^[0-9]+$/ && $3 < 65 { signal[$3] = $2 }
function names(head, of,    v) {
    print "const char *" head "(int n)\n{\n    switch (n) {"
    for (v in of)
        printf "    case %d: return \"%s\";\n", v, of[v]
    print "    default: return \"?UNKNOWN?\";\n    }\n}"
}
END {
    for (e in value)
        error[value[e]] = error[value[e]] ? error[value[e]] "/" e : e
    for (a in alias)
        if (alias[a] in value)
            error[value[alias[a]]] = error[value[alias[a]]] "/" a
    print "#include \"error_functions.h\""
    names("errorName", error)
    names("signalName", signal)
}

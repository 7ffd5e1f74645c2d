# Reads the macros of <errno.h> (cc -E -dM) and writes a C table of their names by value.
# EAGAIN and EWOULDBLOCK, one value, become "EAGAIN/EWOULDBLOCK", as in TLPI's error lines.
$1 == "#define" && $2 ~ /^E[A-Z0-9]+$/ && NF == 3 {
    if ($3 ~ /^[0-9]+$/)
        name[$3] = name[$3] ? name[$3] "/" $2 : $2
    else if ($3 ~ /^E[A-Z0-9]+$/)
        alias[$2] = $3
    if ($3 ~ /^[0-9]+$/)
        value[$2] = $3
}
END {
    for (a in alias)
        if (alias[a] in value)
            name[value[alias[a]]] = name[value[alias[a]]] "/" a
    print "static const char *const ename[] = {"
    for (v in name)
        printf "    [%d] = \"%s\",\n", v, name[v]
    print "};"
}

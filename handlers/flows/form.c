#include "handlers/flows/form.h"

#define MAX_FORM 6000

bool form_next(const struct conversation *c, struct arena *a, const char **at,
               struct form_line *out)
{
    if (!*at)
        *at = conversation_var(c, FORM);
    return form_next_of(a, at, out);
}

bool form_next_of(struct arena *a, const char **at, struct form_line *out)
{
    const char *line = *at;
    size_t len = strcspn(line, "\n"), name = strcspn(line, " \n");
    if (!*line)
        return false;
    out->name = arena_strndup(a, line, name);
    out->value = name < len ? arena_strndup(a, line + name + 1, len - name - 1) : "";
    *at = line + len + (line[len] == '\n');
    return true;
}

const char *form_get(const struct conversation *c, struct arena *a, const char *field)
{
    struct form_line line;
    for (const char *at = NULL; form_next(c, a, &at, &line);)
        if (str_eq(line.name, field))
            return line.value;
    return "";
}

/* On one line, and not too long. */
static const char *tidy(struct arena *a, const char *value)
{
    size_t len = strlen(value);
    while (len > FORM_VALUE || ((unsigned char)value[len] & 0xC0) == 0x80)
        len--;
    char *out = arena_strndup(a, value, len);
    for (char *at = out; *at; at++)
        if (*at == '\n')
            *at = ' ';
    return out;
}

void form_set(struct effects *e, const char *field, const char *value)
{
    struct arena *a = e->arena;
    char *all = arena_strdup(a, "");
    bool is_new = true;
    struct form_line line;
    value = tidy(a, value);
    for (const char *at = NULL; form_next(e->subject, a, &at, &line);) {
        bool is_it = str_eq(line.name, field);
        is_new &= !is_it;
        if (!is_it || *value)
            all = arena_printf(a, "%s%s %s\n", all, line.name, is_it ? value : line.value);
    }
    if (is_new && *value)
        all = arena_printf(a, "%s%s %s\n", all, field, value);
    if (strlen(all) <= MAX_FORM && !str_eq(all, conversation_var(e->subject, FORM)))
        effect_var(e, FORM, all);
}

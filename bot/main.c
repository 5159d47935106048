/* zaide: the list of commands, --help, and nothing else. */
#include "bot/commands/commands.h"
#include "bot/commands/core_settings.h"

static const struct command {
    const char *name, *usage, *help;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"run", "", "the daemon; with no platform configured and a terminal, the console", command_run},
    {"doctor", "", "check settings, Redis and each platform, one line a check, with the fix",
     command_doctor},
    {"ask", "[--lang XX] TEXT", "what the bot would answer, and why", command_ask},
    {"classify", "[--lang XX] [--decide] [--timed] [--train FILE] [--oos FILE]",
     "lines on stdin -> label, TAB, confidence", command_classify},
    {"extract", "[--asked FIELD] [--lang XX]",
     "lines on stdin -> what stands in them, a JSON object a line", command_extract},
    {"verify", "[--official NAME]... NAME|LINK|ID|-",
     "is it one of ours? official, unlisted or impostor, TAB, why", command_verify},
    {"identity", "sign UID | check PAYLOAD",
     "sign-in links by which the exchange proves whose UID it is", command_identity},
    {"tags", "import FILE", "VIPs and the like by UID, a line each: uid,tags", command_tags},
    {"compensation", "upload|show|approve|cancel|export|verify …",
     "who gets how much back, each his own (zaide compensation --help)", command_compensation},
    {"knowledge", "check | test FILE",
     "every fault of the knowledge, with file and line; or how well it answers lines of text TAB id",
     command_knowledge},
    {"cases", "[--json]", "open cases in the order of the queue", command_cases},
    {"claim", "CASE --as NAME", "take a case", command_act},
    {"release", "CASE --as NAME", "give it back to the queue", command_act},
    {"reply", "CASE --as NAME TEXT | --canned [REPLY]",
     "say something to the customer, or send a canned reply (without its name: list them)",
     command_act},
    {"note", "CASE --as NAME TEXT", "leave a note for colleagues", command_act},
    {"close", "CASE --as NAME", "finish a case", command_act},
    {"fate", "CASE --as NAME", "what became of the last messages to its customer", command_act},
    {"incident", "open|update|close|undo|list …",
     "many have the same trouble: tell all who wait, once a state (zaide incident --help)",
     command_incident},
    {"notice", "open|end|list …",
     "what is paused or planned, said with the answers that it fits (zaide notice --help)",
     command_incident},
    {"agents", "add|list|remove NAME [--role R] [--id telegram:123] …",
     "who may answer customers (zaide agents --help)", command_agents},
    {"announce", "draft|text|preview|approve|start|go|pause|resume|cancel|retract|watch …",
     "announcements to many (zaide announce --help)", command_announce},
    {"audit", "[--json]", "what was done to members of customers' groups, and by whom, oldest first",
     command_audit},
    {"stats", "[--from D] [--to D] [--json]", "cases, response times, ratings", command_stats},
    {"settings", "", "print .env.example", command_settings},
};

/* Those of which one line does not say enough. */
static const struct {
    const char *name, *usage;
} usages[] = {
    {"agents", agents_usage},
    {"announce", announce_usage},
    {"classify", classify_usage},
    {"compensation", compensation_usage},
    {"extract", extract_usage},
    {"incident", incident_usage},
    {"notice", notice_usage},
    {"identity", identity_usage},
    {"stats", stats_usage},
    {"tags", tags_usage},
};

static int print_help(void)
{
    printf("zaide: customers on one side, the people who help them on the other.\n\n");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        printf("  zaide %s%s%s\n      %s\n", commands[i].name, *commands[i].usage ? " " : "",
               commands[i].usage, commands[i].help);
    printf("\nSettings (environment, or .env in the working directory):\n\n");
    struct settings *s = all_settings();
    settings_print_help(s, stdout);
    settings_free(s);
    return EXIT_DONE;
}

static int print_command_help(const struct command *c)
{
    for (size_t i = 0; i < ARRAY_LEN(usages); i++)
        if (str_eq(usages[i].name, c->name)) {
            printf("%s\n  %s\n", usages[i].usage, c->help);
            return EXIT_DONE;
        }
    printf("usage: zaide %s%s%s\n\n  %s\n", c->name, *c->usage ? " " : "", c->usage, c->help);
    return EXIT_DONE;
}

static bool asks_for_help(const char *word)
{
    return str_eq(word, "--help") || str_eq(word, "-h");
}

int command_settings(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct settings *s = all_settings();
    settings_print_example(s, stdout);
    settings_free(s);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "run";
    if (asks_for_help(name) || str_eq(name, "help"))
        return print_help();
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (str_eq(commands[i].name, name)) {
            if (argc > 2 && asks_for_help(argv[2]))
                return print_command_help(&commands[i]);
            return commands[i].run(argc > 1 ? argc - 1 : argc, argc > 1 ? argv + 1 : argv);
        }
    fprintf(stderr, "zaide: no command %s: see zaide --help\n", name);
    return EXIT_USAGE;
}

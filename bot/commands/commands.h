/* The commands of `zaide`: one file each. Exit status: 0 done, 1 refused or failed (the reason on
 * stderr), 2 wrong usage. */
#ifndef ZAIDE_COMMANDS_COMMANDS_H
#define ZAIDE_COMMANDS_COMMANDS_H

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

/* argv[0] is the command's own name. */
int command_run(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_classify(int argc, char **argv);
int command_ask(int argc, char **argv);
int command_extract(int argc, char **argv);
int command_knowledge(int argc, char **argv);
int command_audit(int argc, char **argv);
int command_cases(int argc, char **argv);
int command_act(int argc, char **argv); /* claim, release, reply, note, close, fate */
int command_announce(int argc, char **argv);
int command_incident(int argc, char **argv); /* incident, notice */
int command_agents(int argc, char **argv);
int command_stats(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_identity(int argc, char **argv);
int command_compensation(int argc, char **argv);
int command_tags(int argc, char **argv);
int command_settings(int argc, char **argv);

/* Several lines, the last ended: for --help and for wrong usage. */
extern const char agents_usage[], announce_usage[], stats_usage[], classify_usage[],
    extract_usage[];
extern const char incident_usage[], notice_usage[];
extern const char identity_usage[], tags_usage[], compensation_usage[];

#endif

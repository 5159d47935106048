/* zaide ask and zaide classify as a terminal sees them, on the real knowledge. */
#include "bot/commands/commands.h"

#include "bot/base/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char out[64 * 1024]; /* what the last command wrote, errors too */
static char dir[] = "/tmp/test_ask.XXXXXX";

static void put_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* In a process of its own and an empty folder, as main would run it. Gives the exit status; leaks
 * make it fail. */
static int run(int (*command)(int, char **), const char *input, int argc, char **argv)
{
    FILE *in = tmpfile(), *written = tmpfile();
    assert_non_null(in);
    assert_non_null(written);
    fputs(input, in);
    rewind(in);
    fflush(NULL);
    pid_t child = fork();
    if (!child) {
        if (chdir(dir) || dup2(fileno(in), STDIN_FILENO) < 0 ||
            dup2(fileno(written), STDOUT_FILENO) < 0 || dup2(fileno(written), STDERR_FILENO) < 0)
            _exit(99);
        exit(command(argc, argv));
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    rewind(written);
    out[fread(out, 1, sizeof(out) - 1, written)] = '\0';
    fclose(in);
    fclose(written);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define RUN(command, input, ...)                                                                   \
    run(command, input, (int)ARRAY_LEN(((char *[]){#command, ##__VA_ARGS__})),                     \
        (char *[]){#command, ##__VA_ARGS__, NULL})

static void prints(const char *text)
{
    if (!strstr(out, text))
        fail_msg("wanted: %s\ngot: %s", text, out);
}

static void test_ask(void **state)
{
    (void)state;
    assert_int_equal(RUN(command_ask, "", "--lang", "zh", "提币一直审核中"), EXIT_DONE);
    prints("抱歉让您久等");
    prints("\n[解决了] [还没有] [找人工] [提币已完成但没收到] ");
    prints("language zh\nbest withdrawal_pending 1.000, next ");
    prints("  1.00 like withdrawal_pending: 提币一直审核中\n");
    assert_null(strchr(out, '{'));

    assert_int_equal(RUN(command_ask, "", "cant", "place", "orders", "system", "error"), EXIT_DONE);
    prints("a case: always_human, trading_abnormal, team tech, priority 1\nlanguage en\n");

    assert_int_equal(RUN(command_ask, "", "will bitcoin go up tomorrow"), EXIT_DONE);
    prints("I can't say where prices go");
    assert_int_equal(RUN(command_ask, "", "my money thing did the thing again"), EXIT_DONE);
    prints("a case: unsure, -, team support, priority 2\n");
    prints(": not sure\n");
}

static void test_ask_usage(void **state)
{
    (void)state;
    assert_int_equal(RUN(command_ask, ""), EXIT_USAGE);
    prints("usage: zaide ask");
    assert_int_equal(RUN(command_ask, "", "--lang"), EXIT_USAGE);
    assert_int_equal(RUN(command_ask, "", "--lang", "xx", "hello"), EXIT_USAGE);
    prints("--lang xx: there is no xx/phrases.yaml");
}

static void test_classify(void **state)
{
    (void)state;
    assert_int_equal(
        RUN(command_classify, "提币一直审核中\n\n%%%%\r\n\xff\n转人工", "--lang", "zh"), EXIT_DONE);
    assert_string_equal(out, "withdrawal_pending\t1.000000\n"
                             "none\t0.000000\n"
                             "none\t0.000000\n"
                             "none\t0.000000\n"
                             "human_request\t1.000000\n");

    assert_int_equal(RUN(command_classify, "转人工\n", "--lang", "zh", "--timed"), EXIT_DONE);
    double us = 0;
    assert_int_equal(sscanf(out, "human_request\t1.000000\t%lf", &us), 1);
    assert_true(us > 0 && us < 1e6);

    /* The best label whatever the bar; with --decide what goes to a person is none. */
    static const char weather[] = "is it going to rain on my withdrawal\n";
    assert_int_equal(RUN(command_classify, weather), EXIT_DONE);
    assert_true(starts_with(out, "withdrawal_") || starts_with(out, "fees_withdrawal\t"));
    assert_int_equal(RUN(command_classify, weather, "--decide"), EXIT_DONE);
    assert_true(starts_with(out, "none\t0."));
}

static void test_classify_other_examples(void **state)
{
    (void)state;
    put_file("train.tsv", "turn on the light\tlight\nlight please\tlight\n"
                          "play a song\tmusic\nmusic please\tmusic\nbuy a lamp\toos\n");
    put_file("oos.txt", "play dead\n");
    assert_int_equal(RUN(command_classify, "which light\nplay a song\nplay dead\n", "--decide",
                         "--train", "train.tsv", "--oos", "oos.txt"),
                     EXIT_DONE);
    assert_true(starts_with(out, "none\t0.")); /* too few examples: only very words are certain */
    prints("\nmusic\t1.000000\nnone\t0.");
}

static void test_knowledge_test(void **state)
{
    (void)state;
    put_file("asked.tsv", "# a comment\n"
                          "how do i bind google authenticator\ttwofa_bind\n"
                          "where is my invite link\tinvite_link_get\n"
                          "where is my invite link\tkyc_howto\n"
                          "will it rain tomorrow\tnone\n");
    assert_int_equal(RUN(command_knowledge, "", "test", "asked.tsv"), EXIT_DONE);
    prints("3 questions to items, 1 to none\n");
    prints("accuracy 66.7 %");
    prints("could be answered at 90 % right: ");
    prints("   1  kyc_howto taken for invite_link_get\n");
    put_file("bad.tsv", "a text\tno_item\n");
    assert_int_equal(RUN(command_knowledge, "", "test", "bad.tsv"), EXIT_REFUSED);
    prints("bad.tsv:1: no_item is no item's id, nor none");
    assert_int_equal(RUN(command_knowledge, "", "test", "absent.tsv"), EXIT_REFUSED);
    prints("absent.tsv: cannot be opened");
    assert_int_equal(RUN(command_knowledge, "", "test"), EXIT_USAGE);
}

static void test_classify_faults(void **state)
{
    (void)state;
    put_file("bad.tsv", "a text\tlabel\nno label\n");
    assert_int_equal(RUN(command_classify, "", "--train", "bad.tsv"), EXIT_REFUSED);
    prints("bad.tsv:2: a text, a tab and a label are wanted");
    assert_int_equal(RUN(command_classify, "", "--train", "absent.tsv"), EXIT_REFUSED);
    prints("absent.tsv: cannot be opened");
    assert_int_equal(RUN(command_classify, "", "--train"), EXIT_USAGE);
    assert_int_equal(RUN(command_classify, "", "--trian", "x"), EXIT_USAGE);
    prints("usage: zaide classify");
}

static int set_up(void **state)
{
    (void)state;
    char *knowledge = realpath("handlers/knowledge", NULL);
    assert_non_null(knowledge);
    setenv("KNOWLEDGE_DIR", knowledge, 1);
    free(knowledge);
    assert_non_null(mkdtemp(dir));
    return chdir(dir) || mkdir("var", 0700); /* what one run learns, the next ones need not */
}

static int tear_down(void **state)
{
    (void)state;
    unlink("train.tsv");
    unlink("oos.txt");
    unlink("bad.tsv");
    unlink("asked.tsv");
    unlink("var/cache/faq");
    rmdir("var/cache");
    rmdir("var");
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ask),
        cmocka_unit_test(test_ask_usage),
        cmocka_unit_test(test_classify),
        cmocka_unit_test(test_classify_other_examples),
        cmocka_unit_test(test_knowledge_test),
        cmocka_unit_test(test_classify_faults),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

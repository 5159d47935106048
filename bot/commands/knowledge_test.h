/* zaide knowledge test FILE: how well the knowledge answers questions that it has not seen. */
#ifndef ZAIDE_COMMANDS_KNOWLEDGE_TEST_H
#define ZAIDE_COMMANDS_KNOWLEDGE_TEST_H

/* Lines of text TAB label; the label none, or oos: no item answers it. Gives the exit status. */
int knowledge_test(const char *path);

#endif

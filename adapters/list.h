/* Every platform: ADAPTER(x) stands for `const struct adapter x_adapter`. */
ADAPTER(telegram)
ADAPTER(console)

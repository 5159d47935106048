/* Where everything is kept: the port that Redis and the memory store fill, with one test suite on both (tests/unit/test_store*.c).
 *
 * A turn is one commit: atomic, refused when the subject changed meanwhile, recognised when its event was applied before. Callbacks
 * may come from inside the call (memory) or later (Redis): callers must bear both. Pointers given to a callback are valid inside it only;
 * pointers given to a call are copied when needed later. Every result is also possible as STORE_DOWN: nothing is known of the outcome;
 * the caller waits for on_up and asks again, which is safe for every call here.
 *
 * Strings are UTF-8 (other bytes may come back as U+FFFD) without NUL, of any length. Whoever breaks a rule written here ends the process. */
#ifndef ZAIDE_PORTS_STORE_H
#define ZAIDE_PORTS_STORE_H

#include "bot/model/audience.h"
#include "bot/model/event.h"

struct store;
struct entry;

#define STORE_PAGE      256                        /* of what one poll returns at most this many each */
#define STORE_LINES     2000                       /* of a transcript are kept: the newest */
#define STORE_HOUR_MS   INT64_C(3600000)
#define STORE_SEEN_MS   (48 * STORE_HOUR_MS)       /* so long an event is known again */
#define STORE_COUNTS_MS (100 * 24 * STORE_HOUR_MS) /* so long counters are kept */
#define STORE_LIST_MS   (8 * 24 * STORE_HOUR_MS)   /* so long a list is kept after its last change */

enum store_status { STORE_OK, STORE_CONFLICT, STORE_SEEN, STORE_FENCED, STORE_DOWN };

/* --- turns --- */

/* What one turn changes. All of it in one partition; all or nothing. */
struct commit_line { /* a transcript line, appended as the next one */
    const char *json;
};
struct commit_map { /* the platform message `message_id` on `surface` shows line `line`; written by staff: -line */
    const char *surface, *message_id;
    int64_t line;
};
struct commit_timer {
    const char *name;
    int64_t due_ms; /* 0: disarmed */
};
struct commit_out {     /* an outbox entry */
    const char *stream; /* "<account>" or "<account>:<group chat>" */
    const char *json;   /* flow/entry.c reads and writes it */
    const struct entry *entry; /* what it says, until the commit is asked for: stores do not look */
    bool take;          /* as by take(), in the same step: it is about to be sent */
};
struct commit_count {
    const char *name;
    int64_t n;
};
struct commit_put { /* a field of a global hash; only where the subject is a room */
    const char *hash, *key, *value; /* "" deletes */
    const char *was;                /* STORE_CONFLICT unless it has this value ("": none); NULL: whatever it has */
};
struct commit_tell {
    const char *json;
};
struct commit_person {          /* the subject's own line in the audience of its account (audience.h) */
    const char *account, *name; /* "telegram:77", "12345" */
    unsigned bucket;
    const char *entry;
    const char *set, *clear; /* marks */
};

struct commit {
    const char *subject;
    int64_t version;        /* the one that was loaded; the commit stores version + 1 */
    struct event_id event;  /* never empty. Already seen: STORE_SEEN and nothing changes. Checked before the version */
    int64_t now_ms;
    const struct pair *set; /* "" removes */
    size_t n_set;
    int64_t case_no;        /* a number this turn takes: STORE_CONFLICT unless it is the partition's next; 0: none */
    const char *open_case;  /* the summary line of its open case (facts.h); NULL: unchanged */
    int64_t open_case_no;   /* whose summary; with open_case "" it is removed */
    const struct commit_line *lines;
    size_t n_lines;
    const struct commit_map *maps;
    size_t n_maps;
    const struct commit_timer *timers;
    size_t n_timers;
    struct commit_out *out;
    size_t n_out;
    const char *taker;      /* the account that takes, in its own stream, … */
    int64_t epoch;          /* … under this epoch. Where a newer one holds it nothing is taken */
    int64_t stamp;          /* what names this commit later, from 2 on: see out_entry */
    const struct commit_count *counts;
    size_t n_counts;
    const struct commit_put *puts;
    size_t n_puts;
    const struct commit_tell *tells;
    size_t n_tells;
    const struct commit_person *person; /* NULL: unchanged */
};

/* Entry ids count up by one in a stream, so a reader that sees a gap reads the stream. */
struct committed {
    enum store_status status;
    int64_t version;      /* the new one; after CONFLICT and SEEN the present one */
    const int64_t *out;   /* ids of the outbox entries, in order */
    size_t n_out;
    const int64_t *tells; /* ids of the tells */
    size_t n_tells;
    bool is_taken;        /* the entries that were to be */
};

struct loaded {
    enum store_status status;      /* OK or DOWN */
    const struct pair *pairs;      /* the record, "version" included; empty for a new subject */
    size_t n_pairs;
    int64_t next_case;             /* what the next case of this partition would be called: 64 x n + partition, n from 1; 0 for a room */
    const int64_t *about_lines;    /* for each asked reference its line, 0 unknown */
};

struct store_ref { /* a platform message whose line is asked for */
    const char *surface, *message_id;
};

/* --- the outbox --- */

struct out_entry {
    const char *stream;
    int64_t id;
    const char *json;
    int64_t attempts;      /* sends begun and not settled, by this or an earlier holder: > 0 means it may be out already */
    int64_t not_before_ms; /* in backoff until then */
    int64_t stamp;         /* in flight: of the commit that took it, or 1 when take() did; else 0 */
};

struct take { /* about to be sent: marked in flight, durable, before the first byte leaves */
    const char *stream;
    int64_t id;
    /* What the entry refers to, as platform ids on the surface it goes to; asked only now, because only now everything before it is out. */
    const char *conversation, *surface;
    int64_t about_line; /* 0: none */
    const char *room;   /* a staff lane: its thread is asked; else NULL */
};
struct taken {
    bool is_gone;         /* settled before, maybe by another holder: not marked, and not to be sent. The rest says nothing then */
    int64_t attempts;     /* sends begun before this one and not settled: > 0 means it may be out already */
    const char *about_id; /* NULL: unknown */
    const char *thread;   /* "" when the lane has no home */
};

struct sent { /* settled: gone from the stream */
    const char *stream;
    int64_t id;
    const char *conversation; /* "": the entry could not be read, so it is nobody's */
    const char *surface;
    int64_t line;           /* the transcript line it shows; 0: none */
    const char *message_id; /* the platform's; NULL: none (refused, or nothing to name) */
    const char *mark;       /* a transcript line (JSON) about this send: "maybe twice", "not delivered"; or NULL */
    bool dead;              /* refused for good, or unreadable: a copy goes to the dead letters with `mark` */
};

struct due_timer {
    const char *subject, *name;
    int64_t due_ms;
};
struct told {
    int64_t id;
    const char *json;
};

/* What a partition has for a process that works on it. */
struct polled {
    enum store_status status;
    const struct due_timer *timers; /* soonest first. They come again until a commit disarms or moves them */
    size_t n_timers;
    const struct out_entry *entries; /* with id >= the asked one, of the asked streams, in order */
    size_t n_entries;
    const struct told *tells;
    size_t n_tells;
    int64_t cases_version; /* of the partition's open cases … */
    bool has_cases;        /* … which are all here when it is not the known one, else none */
    const struct pair *open_cases; /* case number -> summary line */
    size_t n_open_cases;
};
#define POLL_CASES_ANEW (-1) /* for known_cases: whatever their version is */
struct poll_stream {
    const char *stream;
    int64_t from_id;
};

/* --- the audience, and lists of those whom a job reaches --- */

struct people { /* a page of an account's audience: see audience.h */
    enum store_status status;
    unsigned bucket; /* AUDIENCE_BUCKETS: no page follows */
    const struct pair *pairs; /* name -> what is kept of him */
    size_t n;
};

/* A list is "<job>.<revision>:<account>", and in each partition a part of it. Each recipient has a value: his state, one word, and after a
 * blank what is kept with it ("sent 4711"). The store counts recipients by state with every change, so at every moment the sums are exact
 * and their total is the list. Recipients taken are in the state "flying" until their result is told. */
#define LIST_FLYING  "flying"
#define LIST_UNKNOWN "unknown"
struct list_result {
    unsigned bucket;
    const char *name, *value;
    const char *marks; /* set in the audience: "b"; NULL: none */
};
struct list_step {
    const char *list, *account;
    int64_t epoch;
    const char *pass;  /* one way through the list: it names the place that is kept */
    const char *takes; /* recipients in one of these states, words with blanks between, … */
    size_t max;        /* … so many, of those behind the place */
    int64_t stamp;     /* names this call: repeated because its answer was lost it gives the same recipients. Grows with each call */
    int64_t own_since; /* who was taken by a call with an earlier stamp, or under an earlier epoch, was left */
    bool can_repeat;   /* whom this takes and leaves is as he was before; else "unknown", for ever */
    /* Of recipients taken before. One that is not flying (any more) stays as he is; one that `takes` has, too, is taken again later. */
    const struct list_result *results;
    size_t n_results;
};
struct listed {
    unsigned bucket;
    const char *name, *value; /* as it was before it was taken */
    const char *person;       /* what the audience has of him; "": nothing */
};
struct list_taken {
    enum store_status status;
    const struct listed *items;
    size_t n;
    bool is_end; /* nobody is left to be taken in this partition */
};

struct store_ops {
    void (*load)(struct store *s, const char *subject, const struct store_ref *refs, size_t n_refs,
                 void (*done)(void *arg, const struct loaded *), void *arg);
    void (*commit)(struct store *s, const struct commit *c, void (*done)(void *arg, const struct committed *), void *arg);

    /* Timers due, tells and, where they changed, open cases of one partition, and outbox entries
     * from given ids on (at most STORE_PAGE a stream). */
    void (*poll)(struct store *s, unsigned partition, int64_t now_ms, int64_t known_cases,
                 const struct poll_stream *streams, size_t n_streams,
                 void (*done)(void *arg, const struct polled *), void *arg);

    /* The sender of an account, by epoch. `hold` writes the epoch into every partition's in-flight record before it reads anything: from
     * then on an older holder's hold, take, sent and defer are STORE_FENCED and do nothing. So they are after any other call of a newer
     * holder. The items of one call are in one partition.
     * An item of `sent` that is not in the stream (any more) was settled before and changes nothing. */
    void (*hold)(struct store *s, unsigned partition, const char *account, int64_t epoch,
                 void (*done)(void *arg, enum store_status), void *arg);
    void (*take)(struct store *s, unsigned partition, const char *account, int64_t epoch, const struct take *takes, size_t n,
                 void (*done)(void *arg, enum store_status, const struct taken *taken), void *arg);
    void (*sent)(struct store *s, unsigned partition, const char *account, int64_t epoch, int64_t now_ms, const struct sent *sent, size_t n,
                 void (*done)(void *arg, enum store_status), void *arg);
    /* Not now: keeps `not_before_ms`. `unsent` takes back the attempt that the last take began (it surely never left), once. */
    void (*defer)(struct store *s, unsigned partition, const char *account, int64_t epoch, const char *stream, int64_t id,
                  int64_t not_before_ms, bool unsent, void (*done)(void *arg, enum store_status), void *arg);

    /* The home of a case in a room. set: thread -> conversation first, never rebound; then conversation -> thread. `thread` "": the home is lost,
     * the lane opens a new one before its next send.
     * STORE_CONFLICT: that thread is another conversation's, and stays it. */
    void (*set_home)(struct store *s, const char *conversation, const char *room, const char *thread,
                     void (*done)(void *arg, enum store_status), void *arg);
    void (*find_home)(struct store *s, const char *room, const char *thread,
                      void (*done)(void *arg, enum store_status, const char *conversation /* NULL: nobody's */), void *arg);

    /* The lease of an account, got or renewed, for ttl_ms from when the store sees it. Renewed in time it keeps its epoch; else, and for every
     * new holder, the epoch grows. 0: somebody else holds it. `holder` names one life of one process. */
    void (*lease)(struct store *s, const char *account, const char *holder, int64_t ttl_ms,
                  void (*done)(void *arg, enum store_status, int64_t epoch), void *arg);
    void (*unlease)(struct store *s, const char *account, const char *holder, void (*done)(void *arg, enum store_status), void *arg);

    /* Global hashes: "agents", "rooms", "codes". */
    void (*hash_get)(struct store *s, const char *hash, void (*done)(void *arg, enum store_status, const struct pair *, size_t n), void *arg);
    void (*hash_put)(struct store *s, const char *hash, const char *key, const char *value, /* "" deletes */
                     void (*done)(void *arg, enum store_status), void *arg);

    /* The event of a tell is committed, or needed no commit: it goes. */
    void (*told)(struct store *s, unsigned partition, int64_t id, void (*done)(void *arg, enum store_status), void *arg);
    void (*counts)(struct store *s, unsigned partition, int64_t from_ms, int64_t to_ms,
                   void (*done)(void *arg, enum store_status, const struct pair *, size_t n), void *arg); /* sums over the hours that touch [from_ms, to_ms) */
    /* At most `max` lines from place `from` on, 1 being the oldest that is kept. Marks take places too, so look at each line's own number.
     * The next page starts at `from` + the number of lines got, unless the oldest went meanwhile. */
    void (*transcript)(struct store *s, const char *conversation, int64_t from, size_t max,
                       void (*done)(void *arg, enum store_status, const char *const *lines, size_t n), void *arg);

    /* The first page with anybody on it, from `bucket` on. */
    void (*people)(struct store *s, unsigned partition, const char *account, unsigned bucket,
                   void (*done)(void *arg, const struct people *), void *arg);
    /* Recipients of a bucket, all with this value; who is in the list stays as he is. */
    void (*list_add)(struct store *s, unsigned partition, const char *list, unsigned bucket, const char *const *names, size_t n,
                     const char *value, void (*done)(void *arg, enum store_status), void *arg);
    /* Results in, the next recipients out: one step, so that what a crash leaves in doubt is never more than was taken. Fenced like `take`. */
    void (*list_step)(struct store *s, unsigned partition, const struct list_step *step,
                      void (*done)(void *arg, const struct list_taken *), void *arg);
    /* State -> how many. */
    void (*list_sums)(struct store *s, unsigned partition, const char *list,
                      void (*done)(void *arg, enum store_status, const struct pair *, size_t n), void *arg);

    void (*free)(struct store *s); /* not from a callback; those that are still due come with STORE_DOWN */
};

struct store {
    const struct store_ops *ops;
    bool is_up; /* while it is not, every call is STORE_DOWN from inside */
    const char *warning; /* it works, but something is amiss, in words; NULL: nothing */
    /* Set by the user of the store, before the loop runs; may be NULL. */
    void (*on_up)(void *arg);                         /* it can be asked (again): reload what you hold */
    void (*on_down)(void *arg, const char *why);      /* names the next step; again when the reason changes */
    void (*on_doorbell)(void *arg, unsigned partition); /* another process committed there what others look for: see poll() */
    void *arg;
};

/* A `done` for calls whose outcome changes nothing: they are repeated anyway, or only a convenience. */
void store_ignore(void *arg, enum store_status status);

/* Up from the start, for ever (so on_up never comes), and gone with the process. */
struct store *store_memory_new(void);

#endif

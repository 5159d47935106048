#include "bot/io/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <sys/stat.h>
#include <uv.h>

#include "bot/base/arena.h"
#include "bot/base/buf.h"

#define STARTS_PER_ROUND   50 /* 2,000 at once stalled the loop for 161 ms */
#define MAX_REPLY          (1024 * 1024)
#define MAX_REPLY_HEADERS  (64 * 1024)
#define TIMEOUT_MS         60000
#define CONNECT_TIMEOUT_MS 10000L
#define UPLOAD_BUFFER      16384L
#define READ_BUFFER        4096L /* most replies are a line of JSON */
#define MAX_IN_FLIGHT      64
#define MAX_PER_HOST       8
#define MAX_STREAMS        8L /* on an HTTP/2 connection: when it dies, so many are unknown */

struct call_list {
    struct http_call *first, *last;
    size_t n;
};

struct http {
    struct loop *loop;
    CURLM *multi;
    struct timer *curl_timer;  /* libcurl's own */
    struct timer *start_timer; /* armed while a call can start */
    struct timer *deadline_timer;
    int64_t deadline_ms; /* for when that is armed; INT64_MAX: it is not */
    struct call_list waiting, running;
    size_t max_in_flight;
    CURL **spare; /* easy handles are used again: a new one for each call costs 23 us */
    size_t n_spare, cap_spare;
    struct socket_watch **watches; /* by file descriptor; NULL: not watched */
    size_t n_watches, cap_watches;
};

struct http_call {
    struct http *http;
    struct call_list *list;
    struct http_call *next, *prev;
    struct http_request request; /* its strings live in `memory`, its headers in `headers` */
    struct arena memory;
    struct curl_slist *headers;
    void (*on_done)(void *arg, const struct http_reply *reply);
    void *arg;
    int64_t deadline_ms; /* libcurl's own does not count while it waits for a connection */
    CURL *easy;          /* while running */
    curl_mime *mime;
    struct buf reply;
    size_t reply_headers_len;
    char error[CURL_ERROR_SIZE];
};

/* libcurl lets go of a socket after each call; where the connection is kept, so is its watch, for a
 * new one costs six system calls. */
struct socket_watch {
    uv_poll_t uv;
    struct http *http;
    curl_socket_t fd;
    int events;     /* that libuv looks for */
    bool is_wanted; /* by libcurl */
};

/* Lists of calls. */

static void list_add(struct call_list *list, struct http_call *call)
{
    call->list = list;
    call->prev = list->last;
    call->next = NULL;
    *(list->last ? &list->last->next : &list->first) = call;
    list->last = call;
    list->n++;
}

static void list_remove(struct http_call *call)
{
    struct call_list *list = call->list;
    *(call->prev ? &call->prev->next : &list->first) = call->next;
    *(call->next ? &call->next->prev : &list->last) = call->prev;
    list->n--;
}

/* What goes out. */

static size_t read_file(char *to, size_t size, size_t n, void *arg)
{
    size_t len = fread(to, 1, size * n, arg);
    return len == 0 && ferror((FILE *)arg) ? CURL_READFUNC_ABORT : len;
}

static void close_file(void *arg)
{
    fclose(arg);
}

static int add_file(struct http_call *call, curl_mimepart *to, const struct http_part *part)
{
    struct stat st;
    FILE *file = fopen(part->path, "re");
    if (!file || fstat(fileno(file), &st) < 0) {
        snprintf(call->error, sizeof(call->error), "cannot read %s: %s", part->path,
                 strerror(errno));
        if (file)
            fclose(file);
        return -1;
    }
    curl_mime_data_cb(to, st.st_size, read_file, NULL, close_file, file);
    const char *slash = strrchr(part->path, '/');
    curl_mime_filename(to, part->file_name ? part->file_name : slash ? slash + 1 : part->path);
    return 0;
}

static int add_parts(struct http_call *call)
{
    call->mime = curl_mime_init(call->easy);
    for (size_t i = 0; i < call->request.n_parts; i++) {
        const struct http_part *part = &call->request.parts[i];
        curl_mimepart *to = curl_mime_addpart(call->mime);
        curl_mime_name(to, part->name);
        if (part->path) {
            if (add_file(call, to, part) < 0)
                return -1;
            continue;
        }
        curl_mime_data(to, part->value, CURL_ZERO_TERMINATED);
        if (part->file_name)
            curl_mime_filename(to, part->file_name);
    }
    curl_easy_setopt(call->easy, CURLOPT_MIMEPOST, call->mime);
    return 0;
}

/* It has a connection. A second one is not for what has gone out on the first. */
static int may_go(void *arg, char *to, char *from, int to_port, int from_port)
{
    (void)to, (void)from, (void)to_port, (void)from_port;
    const struct http_call *call = arg;
    long sent_len = 0;
    curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &sent_len);
    return sent_len ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static int set_body(struct http_call *call)
{
    CURL *easy = call->easy;
    if (str_eq(call->request.method, "GET"))
        return 0;
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, may_go);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
    if (call->request.n_parts)
        return add_parts(call);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->request.body_len);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->request.body); /* goes out with the head */
    return 0;
}

/* What comes back. */

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
    (void)data;
    struct http_call *call = arg;
    call->reply_headers_len += size * n;
    return call->reply_headers_len > MAX_REPLY_HEADERS ? 0 : size * n;
}

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
    struct http_call *call = arg;
    buf_add(&call->reply, data, size * n);
    return buf_over(&call->reply) ? 0 : size * n;
}

static int64_t retry_after_s(CURL *easy)
{
    struct curl_header *header;
    curl_off_t seconds = 0;
    if (curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return -1;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds); /* understands dates, too */
    return seconds > 0 ? seconds : 0;
}

/* In words. libcurl's name the host and the port, never the rest of the URL. */
static const char *error_text(struct http_call *call, CURLcode rc)
{
    if (buf_over(&call->reply))
        snprintf(call->error, sizeof(call->error), "the reply is larger than %zu bytes",
                 call->reply.max);
    else if (call->reply_headers_len > MAX_REPLY_HEADERS)
        snprintf(call->error, sizeof(call->error), "the reply's headers are larger than %d bytes",
                 MAX_REPLY_HEADERS);
    return call->error[0] ? call->error : curl_easy_strerror(rc);
}

/* The sockets. libcurl says which to watch and for what, we say what came. */

static void act(struct http *h, curl_socket_t fd, int events);
static void look_for(struct socket_watch *w, int events);

static void on_socket(uv_poll_t *handle, int status, int events)
{
    struct socket_watch *w = (struct socket_watch *)handle;
    int what = status < 0 ? CURL_CSELECT_ERR : 0;
    if (status < 0)
        w->events = 0; /* libuv has stopped the watch */
    if (events & UV_READABLE)
        what |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        what |= CURL_CSELECT_OUT;
    if (w->is_wanted)
        act(w->http, w->fd, what);
    else
        look_for(w, 0);
}

static void look_for(struct socket_watch *w, int events)
{
    if (events == w->events)
        return;
    w->events = events;
    if (events)
        uv_poll_start(&w->uv, events, on_socket);
    else
        uv_poll_stop(&w->uv);
}

static struct socket_watch *find_watch(const struct http *h, curl_socket_t fd)
{
    return (size_t)fd < h->n_watches ? h->watches[fd] : NULL;
}

static struct socket_watch *add_watch(struct http *h, curl_socket_t fd)
{
    struct socket_watch *w = xcalloc(1, sizeof(*w));
    *w = (struct socket_watch){.http = h, .fd = fd};
    if (uv_poll_init(loop_uv(h->loop), &w->uv, fd) < 0)
        die("libcurl asked for a socket that cannot be watched");
    while (h->n_watches <= (size_t)fd) {
        ARRAY_GROW(h->watches, h->n_watches, h->cap_watches);
        h->watches[h->n_watches++] = NULL;
    }
    h->watches[fd] = w;
    return w;
}

static void free_watch(uv_handle_t *handle)
{
    free(handle);
}

static void end_watch(struct socket_watch *w)
{
    w->http->watches[w->fd] = NULL;
    uv_close((uv_handle_t *)&w->uv, free_watch);
}

/* libcurl tells close_socket() of every socket on which there was a reply, of others not always. */
static bool is_told_of(CURL *easy)
{
    char *call;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
    return call && ((struct http_call *)call)->reply_headers_len;
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
    (void)unused;
    struct http *h = arg;
    struct socket_watch *w = find_watch(h, fd);
    if (what != CURL_POLL_REMOVE) {
        w = w ? w : add_watch(h, fd);
        w->is_wanted = true;
        look_for(w, (what & CURL_POLL_IN ? UV_READABLE : 0) |
                        (what & CURL_POLL_OUT ? UV_WRITABLE : 0));
    } else if (w && is_told_of(easy)) {
        w->is_wanted = false;
    } else if (w) {
        end_watch(w);
    }
    return 0;
}

static int close_socket(void *arg, curl_socket_t fd)
{
    struct socket_watch *w = find_watch(arg, fd);
    if (w)
        end_watch(w);
    return close(fd);
}

/* The life of a call: waiting, running, stopped. */

static void arm_start(struct http *h)
{
    if (h->waiting.n && h->running.n < h->max_in_flight && !timer_is_armed(h->start_timer))
        timer_arm(h->start_timer, 0);
}

/* Make room for the next. A transfer that has not ended is cut, and its connection with it. */
static void stop_call(struct http_call *call)
{
    struct http *h = call->http;
    list_remove(call);
    if (call->easy) {
        curl_multi_remove_handle(h->multi, call->easy);
        curl_easy_reset(call->easy);
        curl_mime_free(call->mime);
        ARRAY_GROW(h->spare, h->n_spare, h->cap_spare);
        h->spare[h->n_spare++] = call->easy;
    }
    arm_start(h);
}

static void free_call(struct http_call *call)
{
    curl_slist_free_all(call->headers);
    buf_release(&call->reply);
    arena_release(&call->memory);
    free(call);
}

/* The transfer ended. Without a reply, not a byte written means: nobody can have seen it. */
static void end_call(struct http_call *call, CURLcode rc)
{
    struct http_reply reply = {.outcome = HTTP_REPLIED, .error = "", .retry_after_s = -1};
    long status = 0, sent_len = 0;
    if (rc == CURLE_OK) {
        curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
        reply.status = (int)status;
        reply.retry_after_s = retry_after_s(call->easy);
    } else {
        if (call->easy)
            curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &sent_len);
        reply.outcome = sent_len ? HTTP_UNKNOWN : HTTP_NOT_SENT;
        reply.error = error_text(call, rc);
        buf_clear(&call->reply);
    }
    reply.body = call->reply.data;
    reply.body_len = call->reply.len;
    stop_call(call);
    call->on_done(call->arg, &reply);
    free_call(call);
}

/* One timer for all: it fires when the first deadline of those that it was armed for has come,
 * whether that call has ended meanwhile or not. */
static void arm_deadline(struct http *h, int64_t at_ms)
{
    if (at_ms >= h->deadline_ms)
        return;
    h->deadline_ms = at_ms;
    timer_arm(h->deadline_timer, at_ms - clock_monotonic_ms());
}

static struct http_call *find_late(const struct call_list *list, int64_t now_ms)
{
    struct http_call *call = list->first;
    while (call && call->deadline_ms > now_ms)
        call = call->next;
    return call;
}

static void on_deadline(void *arg)
{
    struct http *h = arg;
    struct http_call *late = find_late(&h->running, clock_monotonic_ms());
    if (!late)
        late = find_late(&h->waiting, clock_monotonic_ms());
    h->deadline_ms = INT64_MAX;
    for (const struct http_call *c = h->running.first; c; c = c->next)
        arm_deadline(h, c->deadline_ms);
    for (const struct http_call *c = h->waiting.first; c; c = c->next)
        arm_deadline(h, c->deadline_ms);
    if (late)
        end_call(late, CURLE_OPERATION_TIMEDOUT);
}

static void start_call(struct http_call *call)
{
    struct http *h = call->http;
    const struct http_request *r = &call->request;
    CURL *easy = call->easy = h->n_spare ? h->spare[--h->n_spare] : curl_easy_init();
    if (!easy)
        die("libcurl cannot make a handle");
    list_remove(call);
    list_add(&h->running, call);

    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(easy, CURLOPT_URL, r->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* never wait for a name that is looked up */
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, h);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER); /* each handle keeps one */
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, READ_BUFFER);          /* and one of these */
    if (starts_with(r->url, "https:"))
        curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    if (set_body(call) < 0)
        end_call(call, CURLE_READ_ERROR);
    else if (curl_multi_add_handle(h->multi, easy) != CURLM_OK)
        die("libcurl cannot start a transfer");
}

static void start_waiting(void *arg)
{
    struct http *h = arg;
    for (int i = 0; i < STARTS_PER_ROUND && h->waiting.n && h->running.n < h->max_in_flight; i++)
        start_call(h->waiting.first);
    arm_start(h);
}

/* libcurl on the loop. */

static void read_results(struct http *h)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(h->multi, &left))) {
        char *call;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
        end_call((struct http_call *)call, message->data.result);
    }
}

static void act(struct http *h, curl_socket_t fd, int events)
{
    int running;
    curl_multi_socket_action(h->multi, fd, events, &running);
    read_results(h);
}

static void on_curl_timer(void *arg)
{
    act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* 0 means at once, but libcurl may not be called from here. */
static int set_curl_timer(CURLM *multi, long after_ms, void *arg)
{
    (void)multi;
    struct http *h = arg;
    if (after_ms < 0)
        timer_disarm(h->curl_timer);
    else
        timer_arm(h->curl_timer, after_ms);
    return 0;
}

/* What the header promises. */

struct http *http_new(struct loop *l)
{
    struct http *h = xcalloc(1, sizeof(*h));
    unsetenv("SSLKEYLOGFILE"); /* libcurl would write the keys of every connection there */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(h->multi = curl_multi_init()))
        die("libcurl cannot start");
    h->loop = l;
    h->curl_timer = timer_new(l, on_curl_timer, h);
    h->start_timer = timer_new(l, start_waiting, h);
    h->deadline_timer = timer_new(l, on_deadline, h);
    h->deadline_ms = INT64_MAX;
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, set_curl_timer);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, MAX_STREAMS);
    http_set_limits(h, MAX_IN_FLIGHT, MAX_PER_HOST);
    return h;
}

void http_free(struct http *h)
{
    while (h->running.n)
        http_cancel(h->running.first);
    while (h->waiting.n)
        http_cancel(h->waiting.first);
    while (h->n_spare)
        curl_easy_cleanup(h->spare[--h->n_spare]);
    free(h->spare);
    curl_multi_cleanup(h->multi);
    curl_global_cleanup();
    free(h->watches);
    timer_free(h->curl_timer);
    timer_free(h->start_timer);
    timer_free(h->deadline_timer);
    free(h);
}

void http_set_limits(struct http *h, size_t max_in_flight, size_t max_per_host)
{
    h->max_in_flight = max_in_flight;
    curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)max_per_host);
    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)max_in_flight);
    arm_start(h);
}

size_t http_in_flight(const struct http *h)
{
    return h->waiting.n + h->running.n;
}

static void copy_request(struct http_call *call, const struct http_request *request)
{
    struct http_request *r = &call->request;
    struct arena *memory = &call->memory;
    *r = *request;
    r->method = arena_strdup(memory, request->method);
    r->url = arena_strdup(memory, request->url);
    char *body = arena_alloc(memory, r->body_len);
    if (r->body_len)
        memcpy(body, request->body, r->body_len);
    r->body = body;
    struct http_part *parts = arena_alloc(memory, r->n_parts * sizeof(*parts));
    for (size_t i = 0; i < r->n_parts; i++) {
        parts[i].name = arena_strdup(memory, request->parts[i].name);
        parts[i].value = arena_strdup(memory, request->parts[i].value);
        parts[i].path = arena_strdup(memory, request->parts[i].path);
        parts[i].file_name = arena_strdup(memory, request->parts[i].file_name);
    }
    r->parts = parts;

    call->headers = curl_slist_append(NULL, "Expect:"); /* no waiting for "100 Continue" */
    if (r->content_type)
        call->headers = curl_slist_append(
            call->headers, arena_printf(memory, "Content-Type: %s", r->content_type));
    for (size_t i = 0; request->headers && request->headers[i]; i++)
        call->headers = curl_slist_append(call->headers, request->headers[i]);
    r->headers = NULL;
    r->content_type = NULL;
}

struct http_call *http_send(struct http *h, const struct http_request *request,
                            void (*on_done)(void *arg, const struct http_reply *reply), void *arg)
{
    if (!str_eq(request->method, "GET") && !str_eq(request->method, "POST"))
        die("http_send: method %s", request->method);
    struct http_call *call = xcalloc(1, sizeof(*call));
    call->http = h;
    call->on_done = on_done;
    call->arg = arg;
    buf_init(&call->reply, request->max_reply ? request->max_reply : MAX_REPLY);
    copy_request(call, request);
    call->deadline_ms =
        clock_monotonic_ms() + (request->timeout_ms ? request->timeout_ms : TIMEOUT_MS);
    arm_deadline(h, call->deadline_ms);
    list_add(&h->waiting, call);
    if (h->waiting.n == 1 && h->running.n < h->max_in_flight && !request->n_parts)
        start_call(call);
    arm_start(h);
    return call;
}

void http_cancel(struct http_call *call)
{
    if (!call)
        return;
    stop_call(call);
    free_call(call);
}

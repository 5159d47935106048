/* Every phrase that the program says, by group. en/phrases.yaml must have them all, for every
 * language falls back to it: knowledge that lacks one is not taken. `zaide knowledge check` also
 * tells of phrases that stand in a file and not here: nobody says them. */
PHRASES("greet", "hello again short help words thanks thanks_words")
PHRASES("language", "ask set foreign")
PHRASES("button", "human topics language solved")
PHRASES("faq", "topics glad ended not_yet which perhaps again no_help_words joins links "
               "ends asks")
PHRASES("insult", "alone")
PHRASES("media", "ask")
PHRASES("reason", "asked unsure details always_human form form_silent secret impostor media "
                  "unreadable reopened claimed_again disputed language distress complaint "
                  "uncovered incident not_helped")
PHRASES("handoff", "waiting ahead_one ahead_many next nobody other_language noted place "
                   "place_next place_with claimed secured returned pending pending_customer "
                   "pending_update pending_due unreadable")
PHRASES("close", "ask ask_plain yes no rate thanks reopened late")
PHRASES("group", "hello private unsure person secret same warning carried gone button_private "
                 "button_see asks asks_members")
PHRASES("compensation",
        "line is_owed is_confirmed is_disputed confirm dispute confirmed what_is_wrong none gone "
        "sign_in drafted released card cancelled no_draft no_list not_allowed own other_list "
        "taken too_big faults usage all_told heard_told heard_unproven")
PHRASES("guard", "seed key totp hex link card password otp is_txid paste staff fails_words")
PHRASES("identity", "proven again used expired bad staff is_proven is_claimed")
PHRASES("verify",
        "ask official unlisted name impostor staff why.listed why.unknown why.name why.letters "
        "why.added why.close why.host")
PHRASES("watch",
        "card raid failed gone why.staff why.host why.wallet why.invite button_delete button_mute "
        "button_ban button_fine button_undo did.delete did.mute did.ban did.fine did.undo")
PHRASES("time", "seconds minutes hours days")
PHRASES(
    "staff",
    "card history claim claim_send keep_note let hold hold_long hold_many held_gone noted "
    "noted_reply foreign foreign_again foreign_edit send_anyway "
    "sent claimed claimed_from yours_already taken not_yours full secured secured_from released "
    "returned remind transferred no_such_agent pending pending_due pending_reply "
    "closed closed_idle no_case rated not_registered let_done admin_only "
    "not_allowed anonymous failed not_deleted not_changed not_shown "
    "doubt blocked unblocked moved topic_stays edited "
    "unreadable alarm low_rating tagged deleted delete_what replied replies "
    "replies_none no_such_reply reply_unset command_edited no_such_case of_case picked "
    "theirs_already not_theirs full_there usage_note stranger insulted "
    "usage_claim usage_pending usage_transfer usage_tag help")
PHRASES("step", "list done running open due none all nobody usage")
PHRASES("fate", "last told gone none which note held bot said edited deleted sent done late twice "
                "refused undone given_up waiting paused away sending unsure")
PHRASES("room", "scam bound bad_code admin ready problems no_topics not_group not_found "
                "unreachable not_admin no_manage_topics no_pin no_delete other for_admin moved "
                "refuses help "
                "board_empty board board_no_agents board_line board_more")
PHRASES("editing", "help none no_such not_allowed too_big unreachable not_text faults same draft "
                   "approve discard void own decided discarded live undone nothing line_draft "
                   "line_live line_over line_undone")
PHRASES(
    "announce",
    "zone stop stopped again_button again usage unreadable unknown_key no_text too_long bad_time "
    "foreign_link no_picture other_picture bad_button bad_audience bad_chat title card card_chats "
    "card_all card_recipients card_at card_paused stage_draft "
    "stage_approved stage_canary stage_checked stage_sending stage_done stage_editing "
    "stage_retracting stage_retracted stage_cancelled progress state_planned state_flying "
    "state_sent state_unknown state_opted_out state_edited state_not_edited state_retracted "
    "state_not_retracted button_preview button_approve button_start button_go button_pause "
    "button_resume button_cancel button_retract button_change approve_how own nobody count "
    "approved started resumed paused cancelled changed change_asked retracting previewed "
    "preview not_now late stale counting emergency_not emergency alert help made")
PHRASES("incident", "detected reported rolled_back announced compensating closed again another "
                    "returned see_pinned error_words")
PHRASES("outage", "told")
PHRASES("notice", "own paused pauses works will_work")
PHRASES("incidents",
        "card preview in_force state_detected state_reported state_rolled_back state_announced "
        "state_compensating state_closed undo undone open parked surge surge_over taken no_such "
        "wait too_late usage bad_word bad_time bad_link too_long")
PHRASES("notices", "usage list line opened ended no_such")
PHRASES("refused", "other blocked deactivated not_started no_chat kicked no_right no_topic "
                   "topic_closed no_forum no_message too_long too_old too_many file unreadable")
PHRASES("menu", "start help human language verify claim release transfer pending close note tag "
                "delete reply fate description short_description")

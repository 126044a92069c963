CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY
);
CREATE TABLE accepted_lead (
	workspace VARCHAR NOT NULL,
	inbox_id INTEGER NOT NULL,
	connection VARCHAR NOT NULL,
	campaign VARCHAR NOT NULL,
	lead BLOB,
	cost FLOAT,
	currency VARCHAR NOT NULL,
	at DATETIME NOT NULL,
	CONSTRAINT pk_accepted_lead PRIMARY KEY (workspace, inbox_id)
);
CREATE INDEX ix_accepted_lead_campaign ON accepted_lead (workspace, connection, campaign);
CREATE INDEX ix_accepted_lead_lead ON accepted_lead (workspace, connection, lead);
CREATE TABLE account_calls (
	workspace VARCHAR NOT NULL,
	account VARCHAR NOT NULL,
	limit_name VARCHAR NOT NULL,
	ends_at DATETIME NOT NULL,
	calls INTEGER NOT NULL,
	CONSTRAINT pk_account_calls PRIMARY KEY (workspace, account, limit_name, ends_at)
);
CREATE TABLE account_usage (
	workspace VARCHAR NOT NULL,
	account VARCHAR NOT NULL,
	used INTEGER NOT NULL,
	allowed INTEGER NOT NULL,
	at DATETIME NOT NULL,
	CONSTRAINT pk_account_usage PRIMARY KEY (workspace, account)
);
CREATE TABLE attempt (
	workspace VARCHAR NOT NULL,
	id VARCHAR NOT NULL,
	link_id VARCHAR NOT NULL,
	run_id VARCHAR NOT NULL,
	at DATETIME NOT NULL,
	effect VARCHAR NOT NULL,
	error_code VARCHAR,
	key_id VARCHAR NOT NULL,
	sealed_before BLOB,
	sealed_after BLOB,
	mapping_version VARCHAR,
	CONSTRAINT pk_attempt PRIMARY KEY (workspace, id)
);
CREATE INDEX ix_attempt_link ON attempt (workspace, link_id);
CREATE INDEX ix_attempt_run ON attempt (workspace, run_id);
CREATE TABLE audit (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	workspace VARCHAR NOT NULL,
	at DATETIME NOT NULL,
	actor VARCHAR NOT NULL,
	action VARCHAR NOT NULL,
	target VARCHAR NOT NULL,
	detail VARCHAR
);
CREATE TABLE call_count (
	workspace VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	day VARCHAR NOT NULL,
	operation VARCHAR NOT NULL,
	calls INTEGER NOT NULL,
	CONSTRAINT pk_call_count PRIMARY KEY (workspace, connection, day, operation)
);
CREATE TABLE connection_state (
	workspace VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	paused_code VARCHAR,
	paused_reason VARCHAR,
	paused_hint VARCHAR,
	paused_at DATETIME,
	sealed_token BLOB,
	CONSTRAINT pk_connection_state PRIMARY KEY (workspace, connection)
);
CREATE TABLE consent (
	workspace VARCHAR NOT NULL,
	id VARCHAR NOT NULL,
	golden_id VARCHAR NOT NULL,
	observation_id VARCHAR NOT NULL,
	purpose VARCHAR NOT NULL,
	granted BOOLEAN NOT NULL,
	at DATETIME NOT NULL,
	source VARCHAR NOT NULL,
	CONSTRAINT pk_consent PRIMARY KEY (workspace, id)
);
CREATE INDEX ix_consent_golden ON consent (workspace, golden_id);
CREATE TABLE counter (
	workspace VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	label VARCHAR NOT NULL,
	value INTEGER NOT NULL,
	CONSTRAINT pk_counter PRIMARY KEY (workspace, name, label)
);
CREATE TABLE cursor (
	workspace VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	object VARCHAR NOT NULL,
	value VARCHAR NOT NULL,
	updated_at DATETIME NOT NULL,
	CONSTRAINT pk_cursor PRIMARY KEY (workspace, connection, object)
);
CREATE TABLE door_alert (
	workspace VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	code VARCHAR NOT NULL,
	since DATETIME NOT NULL,
	last_at DATETIME NOT NULL,
	refused INTEGER NOT NULL,
	CONSTRAINT pk_door_alert PRIMARY KEY (workspace, connection)
);
CREATE TABLE employer_key (
	workspace VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	digest BLOB NOT NULL,
	golden_id VARCHAR NOT NULL,
	CONSTRAINT pk_employer_key PRIMARY KEY (workspace, kind, digest, golden_id)
);
CREATE TABLE employment (
	workspace VARCHAR NOT NULL,
	lead_id VARCHAR NOT NULL,
	account_id VARCHAR,
	rival_id VARCHAR,
	confidence FLOAT NOT NULL,
	name VARCHAR NOT NULL,
	site VARCHAR NOT NULL,
	place VARCHAR NOT NULL,
	state VARCHAR NOT NULL,
	at DATETIME NOT NULL,
	decided_by VARCHAR,
	CONSTRAINT pk_employment PRIMARY KEY (workspace, lead_id)
);
CREATE INDEX ix_employment_account ON employment (workspace, account_id);
CREATE INDEX ix_employment_state ON employment (workspace, state);
CREATE TABLE enrichment (
	workspace VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	asked BLOB NOT NULL,
	outcome VARCHAR NOT NULL,
	asked_at DATETIME NOT NULL,
	keep_until DATETIME NOT NULL,
	cost FLOAT NOT NULL,
	sealed_answer BLOB,
	CONSTRAINT pk_enrichment PRIMARY KEY (workspace, connection, asked)
);
CREATE TABLE firm_key (
	workspace VARCHAR NOT NULL,
	is_account BOOLEAN NOT NULL,
	digest BLOB NOT NULL,
	golden_id VARCHAR NOT NULL,
	CONSTRAINT pk_firm_key PRIMARY KEY (workspace, is_account, digest, golden_id)
)
 WITHOUT ROWID;
CREATE INDEX ix_firm_key_golden ON firm_key (workspace, golden_id);
CREATE TABLE full_read (
	workspace VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	object VARCHAR NOT NULL,
	started_at DATETIME NOT NULL,
	ended_at DATETIME,
	records INTEGER NOT NULL,
	missed INTEGER NOT NULL,
	holds BOOLEAN NOT NULL,
	CONSTRAINT pk_full_read PRIMARY KEY (workspace, connection, object)
);
CREATE TABLE golden (
	workspace VARCHAR NOT NULL,
	id VARCHAR NOT NULL,
	subject VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	state VARCHAR NOT NULL,
	merged_into VARCHAR,
	key_id VARCHAR NOT NULL,
	born_of INTEGER,
	created_at DATETIME NOT NULL,
	updated_at DATETIME NOT NULL,
	sealed_values BLOB,
	CONSTRAINT pk_golden PRIMARY KEY (workspace, id)
);
CREATE TABLE identity_key (
	workspace VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	digest BLOB NOT NULL,
	golden_id VARCHAR NOT NULL,
	CONSTRAINT pk_identity_key PRIMARY KEY (workspace, kind, digest)
);
CREATE INDEX ix_identity_key_golden ON identity_key (workspace, golden_id);
CREATE TABLE inbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	workspace VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	event_id VARCHAR NOT NULL,
	object VARCHAR NOT NULL,
	native_id VARCHAR NOT NULL,
	received_at DATETIME NOT NULL,
	way VARCHAR NOT NULL,
	flag VARCHAR NOT NULL,
	state VARCHAR NOT NULL,
	outcome VARCHAR,
	reason_code VARCHAR,
	reason VARCHAR,
	duplicates INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	next_at DATETIME,
	settled_at DATETIME,
	golden_id VARCHAR,
	wrapped_key BLOB,
	sealed_raw BLOB,
	sealed_change BLOB,
	CONSTRAINT uq_inbox_workspace_connection_event_id UNIQUE (workspace, connection, event_id)
);
CREATE INDEX ix_inbox_due ON inbox (state, workspace, connection, next_at, id);
CREATE INDEX ix_inbox_golden ON inbox (workspace, golden_id);
CREATE INDEX ix_inbox_source ON inbox (workspace, connection, object, received_at);
CREATE TABLE intake_total (
	workspace VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	acknowledged INTEGER NOT NULL,
	CONSTRAINT pk_intake_total PRIMARY KEY (workspace, connection)
);
CREATE TABLE lane (
	workspace VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	next_at DATETIME,
	lease_until DATETIME,
	token INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	error_code VARCHAR,
	error VARCHAR,
	hint VARCHAR,
	CONSTRAINT pk_lane PRIMARY KEY (workspace, name)
);
CREATE TABLE link (
	workspace VARCHAR NOT NULL,
	id VARCHAR NOT NULL,
	golden_id VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	object VARCHAR NOT NULL,
	role VARCHAR NOT NULL,
	remote_id VARCHAR,
	remote_version VARCHAR,
	state VARCHAR NOT NULL,
	reason_code VARCHAR,
	reason VARCHAR,
	hint VARCHAR,
	mapping VARCHAR NOT NULL,
	mapping_version VARCHAR NOT NULL,
	wanted_version INTEGER NOT NULL,
	settled_version INTEGER NOT NULL,
	sent_mapping_version VARCHAR,
	attempts INTEGER NOT NULL,
	next_at DATETIME,
	ticket VARCHAR,
	ticket_version INTEGER,
	intent_key VARCHAR,
	intent_at DATETIME,
	key_id VARCHAR NOT NULL,
	sealed_wanted BLOB,
	sealed_sent BLOB,
	sealed_seen BLOB,
	refused_fields JSON,
	diverged_fields JSON,
	created_at DATETIME NOT NULL,
	updated_at DATETIME NOT NULL,
	level_at DATETIME,
	frozen_fields JSON,
	bounces JSON,
	sent_at DATETIME,
	sent_fields JSON,
	seen_at DATETIME,
	known_version INTEGER NOT NULL,
	errand VARCHAR,
	listed_at DATETIME,
	CONSTRAINT pk_link PRIMARY KEY (workspace, id),
	CONSTRAINT uq_link_workspace_connection_object_remote_id UNIQUE (workspace, connection, object, remote_id)
);
CREATE INDEX ix_link_due ON link (connection, object, state, next_at);
CREATE INDEX ix_link_golden ON link (workspace, golden_id);
CREATE INDEX ix_link_next ON link (workspace, connection, object, next_at) WHERE next_at IS NOT NULL;
CREATE UNIQUE INDEX uq_link_primary ON link (workspace, golden_id, connection, object) WHERE role = 'primary';
CREATE TABLE mapping_release (
	workspace VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	at DATETIME NOT NULL,
	how VARCHAR NOT NULL,
	members JSON,
	CONSTRAINT pk_mapping_release PRIMARY KEY (workspace, number)
);
CREATE TABLE mapping_version (
	workspace VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	version VARCHAR NOT NULL,
	text VARCHAR NOT NULL,
	in_force_at DATETIME NOT NULL,
	CONSTRAINT pk_mapping_version PRIMARY KEY (workspace, name, version)
);
CREATE TABLE match_crowd (
	workspace VARCHAR NOT NULL,
	digest BLOB NOT NULL,
	beyond INTEGER NOT NULL,
	since DATETIME NOT NULL,
	recent INTEGER NOT NULL,
	CONSTRAINT pk_match_crowd PRIMARY KEY (workspace, digest)
)
 WITHOUT ROWID;
CREATE TABLE match_due (
	workspace VARCHAR NOT NULL,
	golden_id VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	next_at DATETIME NOT NULL,
	held BOOLEAN NOT NULL,
	CONSTRAINT pk_match_due PRIMARY KEY (workspace, golden_id)
)
 WITHOUT ROWID;
CREATE INDEX ix_match_due_next ON match_due (workspace, next_at);
CREATE TABLE match_key (
	workspace VARCHAR NOT NULL,
	digest BLOB NOT NULL,
	number INTEGER NOT NULL,
	CONSTRAINT pk_match_key PRIMARY KEY (workspace, digest, number)
)
 WITHOUT ROWID;
CREATE TABLE match_model (
	workspace VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	trained_at DATETIME NOT NULL,
	answers INTEGER NOT NULL,
	held_out INTEGER NOT NULL,
	precision FLOAT NOT NULL,
	is_confirmed BOOLEAN NOT NULL,
	in_force BOOLEAN NOT NULL,
	content VARCHAR NOT NULL,
	CONSTRAINT pk_match_model PRIMARY KEY (workspace, number)
);
CREATE TABLE match_profile (
	workspace VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	golden_id VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	key_id VARCHAR NOT NULL,
	postings BLOB NOT NULL,
	sealed_profile BLOB,
	CONSTRAINT pk_match_profile PRIMARY KEY (workspace, number),
	CONSTRAINT uq_match_profile_workspace_golden_id UNIQUE (workspace, golden_id)
)
 WITHOUT ROWID;
CREATE TABLE match_weights (
	workspace VARCHAR NOT NULL,
	trained_at DATETIME NOT NULL,
	records INTEGER NOT NULL,
	content VARCHAR NOT NULL,
	CONSTRAINT pk_match_weights PRIMARY KEY (workspace)
);
CREATE TABLE merge_event (
	workspace VARCHAR NOT NULL,
	id VARCHAR NOT NULL,
	at DATETIME NOT NULL,
	survivor VARCHAR NOT NULL,
	loser VARCHAR NOT NULL,
	rule VARCHAR NOT NULL,
	why VARCHAR NOT NULL,
	inbox_id INTEGER,
	undone_at DATETIME,
	undone_by VARCHAR,
	key_id VARCHAR NOT NULL,
	sealed_parts BLOB,
	CONSTRAINT pk_merge_event PRIMARY KEY (workspace, id)
);
CREATE INDEX ix_merge_event_loser ON merge_event (workspace, loser);
CREATE INDEX ix_merge_event_survivor ON merge_event (workspace, survivor);
CREATE TABLE observation (
	workspace VARCHAR NOT NULL,
	id VARCHAR NOT NULL,
	golden_id VARCHAR NOT NULL,
	born_golden_id VARCHAR NOT NULL,
	subject VARCHAR NOT NULL,
	observer VARCHAR NOT NULL,
	authority INTEGER NOT NULL,
	at DATETIME NOT NULL,
	inbox_id INTEGER,
	mapping VARCHAR NOT NULL,
	mapping_version VARCHAR NOT NULL,
	key_id VARCHAR NOT NULL,
	sealed_body BLOB,
	link_id VARCHAR,
	CONSTRAINT pk_observation PRIMARY KEY (workspace, id)
);
CREATE INDEX ix_observation_golden ON observation (workspace, golden_id);
CREATE TABLE reference_list (
	workspace VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	object VARCHAR NOT NULL,
	taken_at DATETIME NOT NULL,
	sealed_content BLOB,
	CONSTRAINT pk_reference_list PRIMARY KEY (workspace, connection, object)
);
CREATE TABLE remote_schema (
	workspace VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	object VARCHAR NOT NULL,
	taken_at DATETIME NOT NULL,
	content JSON,
	CONSTRAINT pk_remote_schema PRIMARY KEY (workspace, connection, object)
);
CREATE TABLE review_pair (
	workspace VARCHAR NOT NULL,
	left_id VARCHAR NOT NULL,
	right_id VARCHAR NOT NULL,
	score FLOAT NOT NULL,
	probability FLOAT NOT NULL,
	parts JSON,
	state VARCHAR NOT NULL,
	created_at DATETIME NOT NULL,
	decided_at DATETIME,
	decided_by VARCHAR,
	CONSTRAINT pk_review_pair PRIMARY KEY (workspace, left_id, right_id)
);
CREATE INDEX ix_review_pair_right ON review_pair (workspace, right_id);
CREATE INDEX ix_review_pair_state ON review_pair (workspace, state, score);
CREATE TABLE run (
	workspace VARCHAR NOT NULL,
	id VARCHAR NOT NULL,
	lane VARCHAR NOT NULL,
	started_at DATETIME NOT NULL,
	ended_at DATETIME NOT NULL,
	counts JSON,
	CONSTRAINT pk_run PRIMARY KEY (workspace, id)
);
CREATE INDEX ix_run_lane ON run (workspace, lane, started_at);
CREATE TABLE schedule_slot (
	workspace VARCHAR NOT NULL,
	schedule VARCHAR NOT NULL,
	slot VARCHAR NOT NULL,
	CONSTRAINT pk_schedule_slot PRIMARY KEY (workspace, schedule, slot)
);
CREATE TABLE subject_key (
	workspace VARCHAR NOT NULL,
	id VARCHAR NOT NULL,
	wrapped BLOB,
	destroyed_at DATETIME,
	CONSTRAINT pk_subject_key PRIMARY KEY (workspace, id)
);
CREATE TABLE tombstone (
	workspace VARCHAR NOT NULL,
	digest BLOB NOT NULL,
	erased_at DATETIME NOT NULL,
	CONSTRAINT pk_tombstone PRIMARY KEY (workspace, digest)
);
CREATE TABLE unverified (
	workspace VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	digest VARCHAR NOT NULL,
	received_at DATETIME NOT NULL,
	size INTEGER NOT NULL,
	sealed_request BLOB,
	CONSTRAINT pk_unverified PRIMARY KEY (workspace, connection, digest)
);
CREATE INDEX ix_unverified_held ON unverified (workspace, connection, size);
CREATE TABLE verdict (
	workspace VARCHAR NOT NULL,
	left_id VARCHAR NOT NULL,
	right_id VARCHAR NOT NULL,
	left_now VARCHAR NOT NULL,
	right_now VARCHAR NOT NULL,
	verdict VARCHAR NOT NULL,
	"by" VARCHAR NOT NULL,
	at DATETIME NOT NULL,
	CONSTRAINT pk_verdict PRIMARY KEY (workspace, left_id, right_id)
);
CREATE INDEX ix_verdict_left ON verdict (workspace, left_now);
CREATE INDEX ix_verdict_right ON verdict (workspace, right_now);
CREATE TABLE watched (
	workspace VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	expires_at DATETIME,
	healthy BOOLEAN NOT NULL,
	note VARCHAR NOT NULL,
	renews BOOLEAN NOT NULL,
	hint VARCHAR NOT NULL,
	looked_at DATETIME NOT NULL,
	renewed_at DATETIME,
	refused VARCHAR,
	CONSTRAINT pk_watched PRIMARY KEY (workspace, connection, id)
);

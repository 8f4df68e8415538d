"""The tables of a ledger of version 1, as greenlint made them then, with a little in them."""

from sqlalchemy import Connection

_TABLES = """\
CREATE TABLE greenlint_version (version INTEGER NOT NULL);
CREATE TABLE greenlint_accounts (
    id {row_id} NOT NULL, budget TEXT NOT NULL, holder TEXT NOT NULL, period BIGINT NOT NULL,
    {settled}, {reserved}, {last_granted},
    limit_energy BIGINT, limit_carbon BIGINT, limit_tokens BIGINT, limit_requests BIGINT,
    last_token BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (id), UNIQUE (budget, holder, period), {checks}
);
CREATE TABLE greenlint_leases (
    id TEXT NOT NULL, account_id {reference} NOT NULL, token BIGINT NOT NULL, owner TEXT NOT NULL,
    {granted},
    granted_at BIGINT NOT NULL, lifetime BIGINT NOT NULL, expires_at BIGINT NOT NULL,
    PRIMARY KEY (id), UNIQUE (account_id, token),
    FOREIGN KEY (account_id) REFERENCES greenlint_accounts (id)
);
CREATE INDEX greenlint_leases_by_expiry ON greenlint_leases (expires_at);
CREATE TABLE greenlint_entries (
    lease_id TEXT NOT NULL, account_id {reference} NOT NULL, token BIGINT NOT NULL,
    owner TEXT NOT NULL, kind TEXT NOT NULL,
    {granted}, {spent},
    provenance TEXT NOT NULL, granted_at BIGINT NOT NULL, ended_at BIGINT NOT NULL,
    PRIMARY KEY (lease_id), UNIQUE (account_id, token),
    CHECK (kind IN ('settled', 'voided', 'recovered')),
    FOREIGN KEY (account_id) REFERENCES greenlint_accounts (id)
);
CREATE TABLE greenlint_decisions (
    id TEXT NOT NULL, budget TEXT NOT NULL, holder TEXT NOT NULL, period BIGINT NOT NULL,
    outcome TEXT NOT NULL, reason TEXT NOT NULL, decided_at BIGINT NOT NULL,
    policy_hash TEXT NOT NULL, provenance TEXT NOT NULL, place TEXT NOT NULL, labels TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX greenlint_decisions_by_time ON greenlint_decisions (decided_at);
CREATE TABLE greenlint_alerts (
    budget TEXT NOT NULL, holder TEXT NOT NULL, period BIGINT NOT NULL, threshold BIGINT NOT NULL,
    claim TEXT NOT NULL, claimed_at BIGINT NOT NULL,
    PRIMARY KEY (budget, holder, period, threshold)
);
CREATE TABLE greenlint_usage (
    name TEXT NOT NULL, minute BIGINT NOT NULL, energy BIGINT NOT NULL,
    operational BIGINT NOT NULL, embodied BIGINT NOT NULL, units BIGINT NOT NULL,
    PRIMARY KEY (name, minute)
);
INSERT INTO greenlint_version VALUES (1);
INSERT INTO greenlint_accounts (budget, holder, period, settled_energy, last_token)
    VALUES ('train', 'fleet', 1800000000, 7, 1);
INSERT INTO greenlint_entries
    (lease_id, account_id, token, owner, kind, spent_energy, provenance, granted_at, ended_at)
    VALUES ('first', 1, 1, 'host:1', 'settled', 7, 'measured', 1800000001000000, 1800000002000000);
INSERT INTO greenlint_usage VALUES ('answer', 1800000000000000, 100, 10, 1, 2)"""

_METRICS = ("energy", "carbon", "tokens", "requests")
_PREFIXES = ("settled", "reserved", "last_granted", "granted", "spent")


def create_version_1(connection: Connection) -> None:
    """One account with an ended lease, and a minute of usage."""
    on_postgresql = connection.dialect.name == "postgresql"
    tables = _TABLES.format(
        row_id="BIGSERIAL" if on_postgresql else "INTEGER",
        reference="BIGINT" if on_postgresql else "INTEGER",
        checks=", ".join(
            f"CHECK ({kind}_{metric} >= 0)" for kind in _PREFIXES[:2] for metric in _METRICS
        ),
        **{prefix: _amounts(prefix) for prefix in _PREFIXES},
    )
    for statement in tables.split(";"):
        connection.exec_driver_sql(statement)


def _amounts(prefix: str) -> str:
    return ", ".join(f"{prefix}_{metric} BIGINT DEFAULT '0' NOT NULL" for metric in _METRICS)

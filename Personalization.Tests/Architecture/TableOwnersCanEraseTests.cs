using NUnit.Framework;
using Personalization.Kernel.Log;
using Personalization.Tests.Architecture.Reading;
using Personalization.Tests.Architecture.Rules;

namespace Personalization.Tests.Architecture;

public class TableOwnersCanEraseTests
{
    private static readonly Migration[] PlantedMigrations =
    [
        new("Consent/Storage/Migrations/0001_consent.sql", "-- Why: planted.\nCREATE TABLE consent_state (profile_id INTEGER)"),
        new("Consent/Storage/Migrations/0002_index.sql", "CREATE INDEX consent_by_profile ON consent_state (profile_id)"),
        new("Identity/Storage/Migrations/0001_profile.sql", "create table identity_profile (id INTEGER)"),
        new("Identity/Storage/Reached/Migrations/0001_reached.sql", "CREATE TABLE identity_reached (id INTEGER)"),
        new("Identity/Storage/Counts/Migrations/0001_counts.sql", "CREATE TABLE identity_counts (id INTEGER)"),
        new("Identity/Storage/Forgotten/Migrations/0001_forgotten.sql", "CREATE TABLE identity_forgotten (id INTEGER)"),
        new("Decisioning/Storage/Migrations/0001_slate.sql", "CREATE TABLE decisioning_slate (id INTEGER)"),
    ];

    [Test]
    public void Everything_that_is_kept_can_be_erased_or_says_why_not() =>
        Examined.AssertNone(TableOwnersCanErase.Check(Examined.Product, Migration.In(typeof(LogEntry).Assembly)));

    [Test]
    public void A_table_or_state_that_erasure_cannot_reach_is_found() =>
        Examined.AssertExactly(
            TableOwnersCanErase.Check(Examined.Planted("Erasure"), PlantedMigrations),
            "Identity.Domain.ForgottenState",
            "Identity.Storage.ForgottenTables",
            "Consent.Domain.StateWithoutAnyStore",
            "Features.Domain.MarkedWithoutAReason",
            "Consent/Storage/Migrations/0001_consent.sql");
}

using NUnit.Framework;
using Personalization.Tests.Architecture.Reading;
using Personalization.Tests.Architecture.Rules;

namespace Personalization.Tests.Architecture;

public class SqlStaysInStorageTests
{
    [Test]
    public void Sql_and_database_types_stand_in_storage_only() =>
        Examined.AssertNone(SqlStaysInStorage.Check(Examined.Product));

    [Test]
    public void Sql_outside_storage_is_found() =>
        Examined.AssertExactly(
            SqlStaysInStorage.Check(Examined.Planted("Sql")),
            "TextInABody.Statement",
            "TextInAConstant.DeleteSql",
            "AConnection.Close",
            "AMapper.Parameters",
            "KernelRoomWithoutFiles.Sql");

    [TestCase("SELECT 1")]
    [TestCase("\n    select a, b\n    from t ")]
    [TestCase("-- Why.\nPRAGMA wal_checkpoint(PASSIVE)")]
    [TestCase("INSERT OR IGNORE INTO t VALUES (1)")]
    [TestCase("replace into t values (1)")]
    [TestCase("UPDATE main.t SET a = 1")]
    [TestCase("CREATE UNIQUE INDEX i ON t (a)")]
    [TestCase("with recent (a) as (select 1) select * from recent")]
    [TestCase("BEGIN IMMEDIATE")]
    [TestCase("VACUUM")]
    public void A_text_that_begins_like_a_statement_is_sql(string text) => Assert.That(SqlStaysInStorage.LooksLikeSql(text), Is.True);

    [TestCase("")]
    [TestCase("Selected 5 from 7")]
    [TestCase("with pleasure as (ever) before")]
    [TestCase("Begin with the newest")]
    [TestCase("Update the settings")]
    [TestCase("deleted_at")]
    public void Prose_is_not_sql(string text) => Assert.That(SqlStaysInStorage.LooksLikeSql(text), Is.False);
}

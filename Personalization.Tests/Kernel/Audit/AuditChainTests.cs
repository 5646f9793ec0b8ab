using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Personalization.Host.Cli;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Sqlite;
using Personalization.Tests.Decisioning;
using Personalization.Tests.Support;

namespace Personalization.Tests.Kernel.Audit;

/// <summary>The audit log as files that somebody changes behind its back.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class AuditChainTests : IDisposable
{
    private const string WithoutTriggers =
        "DROP TRIGGER kernel_audit_no_update; DROP TRIGGER kernel_audit_no_delete; DROP TRIGGER kernel_audit_only_behind;";

    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "audit.db");

    private string Anchor => Path.Combine(_folder.Path, "audit.head");

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task Entries_are_chained_and_the_head_is_in_the_anchor()
    {
        var head = await AppendAsync(5);

        var verdict = Verify();

        Assert.Multiple(() =>
        {
            Assert.That(verdict, Is.EqualTo(new AuditVerdict(true, 5, head, null, null)));
            Assert.That(AuditHead.Parse(System.IO.File.ReadAllText(Anchor)), Is.EqualTo(head));
        });
    }

    [Test]
    public async Task The_chain_goes_on_after_a_restart()
    {
        await AppendAsync(3);
        await AppendAsync(2);

        Assert.That(Verify(), Has.Property("IsIntact").True.And.Property("Entries").EqualTo(5));
    }

    [Test]
    public async Task Many_at_once_become_one_chain()
    {
        using var log = Open();

        await Parallel.ForAsync(0, 50, async (i, token) => await log.AppendAsync(new AuditRecord("test.many", "somebody", $"thing:{i}"), token));

        Assert.That(Verify(), Has.Property("IsIntact").True.And.Property("Entries").EqualTo(50));
    }

    [TestCase("UPDATE kernel_audit SET actor = 'nobody' WHERE sequence = 3")]
    [TestCase("DELETE FROM kernel_audit WHERE sequence = 5")]
    [TestCase("INSERT OR REPLACE INTO kernel_audit SELECT sequence, 0, action, actor, subject, detail, previous_hash, hash FROM kernel_audit WHERE sequence = 2")]
    public async Task The_file_itself_refuses_changes(string sql)
    {
        await AppendAsync(5);

        Assert.That(() => Tamper(sql), Throws.TypeOf<SqliteException>().With.Message.Contains("append-only"));
        Assert.That(Verify().IsIntact, Is.True);
    }

    [TestCase("UPDATE kernel_audit SET actor = 'nobody' WHERE sequence = 3", 3, "was changed")]
    [TestCase("UPDATE kernel_audit SET time_ms = time_ms + 1 WHERE sequence = 1", 1, "was changed")]
    [TestCase("UPDATE kernel_audit SET detail = NULL WHERE sequence = 5", 5, "was changed")]
    [TestCase("UPDATE kernel_audit SET action = action || substr(actor, 1, 1), actor = substr(actor, 2) WHERE sequence = 2", 2, "was changed")]
    [TestCase("UPDATE kernel_audit SET hash = zeroblob(32) WHERE sequence = 2", 2, "was changed")]
    [TestCase("UPDATE kernel_audit SET previous_hash = zeroblob(32) WHERE sequence = 4", 4, "does not continue")]
    [TestCase("UPDATE kernel_audit SET time_ms = 'noon' WHERE sequence = 4", 4, "")]
    [TestCase("DELETE FROM kernel_audit WHERE sequence = 1", 2, "missing")]
    [TestCase("DELETE FROM kernel_audit WHERE sequence = 3", 4, "missing")]
    [TestCase("DELETE FROM kernel_audit WHERE sequence >= 4", 4, "cut off")]
    [TestCase("DELETE FROM kernel_audit", 1, "cut off")]
    [TestCase("UPDATE kernel_audit SET sequence = 99 WHERE sequence = 2; UPDATE kernel_audit SET sequence = 2 WHERE sequence = 3; UPDATE kernel_audit SET sequence = 3 WHERE sequence = 99", 2, "does not continue")]
    public async Task Whatever_is_changed_is_found_at_its_first_entry(string sql, long brokenAt, string fault)
    {
        await AppendAsync(5);

        Tamper(WithoutTriggers + sql);

        var verdict = Verify();
        Assert.Multiple(() =>
        {
            Assert.That(verdict.IsIntact, Is.False);
            Assert.That(verdict.BrokenAt, Is.EqualTo(brokenAt), verdict.Fault);
            Assert.That(verdict.Fault, Does.Contain(fault));
        });
    }

    [Test]
    public async Task Bytes_that_were_changed_in_the_file_are_found()
    {
        await AppendAsync(40);
        SqliteConnection.ClearAllPools();
        var bytes = await System.IO.File.ReadAllBytesAsync(File);
        var changed = 0;

        // A page that was split may hold old copies, too.
        for (var place = bytes.AsSpan().IndexOf("thing:17\""u8); place >= 0; place = bytes.AsSpan().IndexOf("thing:17\""u8))
        {
            bytes[place + 6] = (byte)'9';
            changed++;
        }

        Assert.That(changed, Is.Positive);
        await System.IO.File.WriteAllBytesAsync(File, bytes);

        Assert.That(Verify(), Has.Property("IsIntact").False.And.Property("BrokenAt").EqualTo(18));
    }

    [Test]
    public async Task A_file_without_its_triggers_is_not_trusted()
    {
        await AppendAsync(2);

        Tamper(WithoutTriggers);

        Assert.That(Verify().Fault, Does.Contain("triggers"));
    }

    [Test]
    public async Task A_missing_or_unreadable_anchor_is_not_trusted()
    {
        await AppendAsync(2);

        System.IO.File.WriteAllText(Anchor, "nothing that is a head");
        var unreadable = Verify();
        System.IO.File.Delete(Anchor);
        var missing = Verify();

        Assert.That(new[] { unreadable.IsIntact, missing.IsIntact }, Is.All.False);
        Assert.That(missing.Fault, Does.Contain("anchor"));
    }

    [Test]
    public async Task What_was_cut_off_stays_visible_after_the_log_has_gone_on()
    {
        await AppendAsync(5);
        Tamper($"{WithoutTriggers} DELETE FROM kernel_audit WHERE sequence >= 4");

        await AppendAsync(3);

        var verdict = Verify();
        Assert.Multiple(() =>
        {
            Assert.That(verdict, Has.Property("IsIntact").False.And.Property("BrokenAt").EqualTo(6));
            Assert.That(verdict.Fault, Does.Contain("Entry 4 is missing"));
        });
    }

    [Test]
    public async Task A_log_and_anchor_that_were_made_anew_differ_from_a_head_that_was_noted()
    {
        var noted = await AppendAsync(5);
        System.IO.File.Delete(File);
        System.IO.File.Delete(Anchor);
        await AppendAsync(7, "somebody else");

        Assert.Multiple(() =>
        {
            Assert.That(Verify().IsIntact, Is.True, "nothing on this disk knows better");
            Assert.That(Verify(noted), Has.Property("IsIntact").False.And.Property("BrokenAt").EqualTo(5));
        });
    }

    [Test]
    public async Task A_crash_between_entry_and_anchor_is_no_break()
    {
        await AppendAsync(4);
        var before = await System.IO.File.ReadAllTextAsync(Anchor);
        await AppendAsync(1);
        await System.IO.File.WriteAllTextAsync(Anchor, before);

        Assert.That(Verify().IsIntact, Is.True);
        await AppendAsync(1);
        Assert.That(Verify(), Has.Property("IsIntact").True.And.Property("Entries").EqualTo(6));
    }

    [Test]
    public async Task The_command_answers_with_its_exit_code_and_names_the_entry()
    {
        await AppendAsync(5);
        var intact = Run("audit", "verify", "--data", _folder.Path);
        Tamper($"{WithoutTriggers} UPDATE kernel_audit SET subject = 'other' WHERE sequence = 4");

        var broken = Run("audit", "verify", "--data", _folder.Path);
        var trusted = Run("audit", "verify", "--data", _folder.Path, "--after", "4");
        var wrong = Run("audit", "verify", "--data");

        Assert.Multiple(() =>
        {
            Assert.That(intact.Code, Is.Zero, intact.Text);
            Assert.That(broken.Code, Is.EqualTo(1));
            Assert.That(broken.Text, Does.Contain("entry 4"));
            Assert.That(trusted.Text, Does.Contain("triggers"), "the chain behind entry 4 is in order");
            Assert.That(wrong.Code, Is.EqualTo(2));
        });
    }

    [Test]
    public void A_folder_without_a_log_is_not_made_into_one()
    {
        var ran = Run("audit", "verify", "--data", Path.Combine(_folder.Path, "none"));

        Assert.That(ran.Code, Is.EqualTo(1));
        Assert.That(Directory.Exists(Path.Combine(_folder.Path, "none")), Is.False);
    }

    private static (int Code, string Text) Run(params string[] args)
    {
        var text = new StringWriter();
        return (AuditCommand.Run(args, text, text), text.ToString());
    }

    private AuditVerdict Verify(AuditHead? noted = null) => AuditVerifier.Verify(File, Anchor, noted);

    private AuditLog Open() =>
        new(new SqliteFile(File, AuditFile.Migrations), new AuditAnchor(Anchor), new FakeClock(), NullLogger<AuditLog>.Instance);

    private async Task<AuditHead> AppendAsync(int count, string actor = "somebody")
    {
        using var log = Open();
        for (var i = 0; i < count; i++)
        {
            await log.AppendAsync(new AuditRecord("test.done", actor, $"thing:{i}", $$"""{"place":"thing:{{i}}"}"""));
        }

        return log.Head;
    }

    private void Tamper(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
#pragma warning disable CA2100 // The statements stand in this file.
        using var command = new SqliteCommand(sql, connection);
#pragma warning restore CA2100 // End of the exception above.
        command.ExecuteNonQuery();
    }
}

using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts.Governance;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Decisioning.Storage.Governance;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Sqlite;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Governance;

/// <summary>Sign-off by a second person, on the real file.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ApprovalsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeClock _clock = new();
    private readonly Audited _audit = new();
    private readonly Lamp _lamp = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task What_is_harmless_is_made_at_once()
    {
        using var approvals = Approvals();

        var result = await approvals.SubmitAsync(Request("anna"));

        Assert.That(result.Outcome, Is.EqualTo(ChangeOutcome.Applied));
        Assert.That(_lamp.Applied, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task What_is_of_high_impact_waits_and_is_made_once_by_a_second_person()
    {
        _lamp.Impact = "It is bright.";
        using var approvals = Approvals();

        var waiting = await approvals.SubmitAsync(Request("anna"));
        var own = await approvals.ApproveAsync(waiting.Change!.Id, "Anna", null);
        var madeTooEarly = _lamp.Applied.Count;
        var second = await approvals.ApproveAsync(waiting.Change.Id, "bert", "Looks right.");
        var again = await approvals.ApproveAsync(waiting.Change.Id, "carl", null);

        Assert.Multiple(() =>
        {
            Assert.That(waiting, Has.Property("Outcome").EqualTo(ChangeOutcome.Waits).And.Property("Detail").EqualTo("It is bright."));
            Assert.That(own.Outcome, Is.EqualTo(ChangeOutcome.SamePerson), "names are compared without case");
            Assert.That(madeTooEarly, Is.Zero);
            Assert.That(second.Outcome, Is.EqualTo(ChangeOutcome.Applied));
            Assert.That(again.Outcome, Is.EqualTo(ChangeOutcome.TooLate));
            Assert.That(_lamp.Applied.Single().ApprovedBy, Is.EqualTo("bert"));
            Assert.That(_audit.Actions, Is.EqualTo(new[] { "change.propose", "change.approve", "change.apply" }));
        });
    }

    [Test]
    public async Task Many_approvals_at_once_make_it_once()
    {
        _lamp.Impact = "It is bright.";
        using var approvals = Approvals();
        var waiting = await approvals.SubmitAsync(Request("anna"));

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => approvals.ApproveAsync(waiting.Change!.Id, $"person-{i}", null))));

        Assert.That(results.Count(result => result.Outcome == ChangeOutcome.Applied), Is.EqualTo(1));
        Assert.That(results.Count(result => result.Outcome == ChangeOutcome.TooLate), Is.EqualTo(19));
        Assert.That(_lamp.Applied, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Nobody_can_approve_what_has_expired_or_was_rejected()
    {
        _lamp.Impact = "It is bright.";
        using var approvals = Approvals();
        var old = await approvals.SubmitAsync(Request("anna"));
        var rejected = await approvals.SubmitAsync(Request("anna"));

        await approvals.RejectAsync(rejected.Change!.Id, "anna", "Changed my mind.");
        var afterRejection = await approvals.ApproveAsync(rejected.Change.Id, "bert", null);
        _clock.Advance(TimeSpan.FromHours(24));
        var afterExpiry = await approvals.ApproveAsync(old.Change!.Id, "bert", null);

        Assert.Multiple(() =>
        {
            Assert.That(afterRejection.Outcome, Is.EqualTo(ChangeOutcome.TooLate));
            Assert.That(afterExpiry.Outcome, Is.EqualTo(ChangeOutcome.TooLate));
            Assert.That(approvals.Find(old.Change.Id)!.Status, Is.EqualTo(ChangeStatus.Expired));
            Assert.That(_lamp.Applied, Is.Empty);
        });
    }

    [Test]
    public async Task What_is_no_longer_possible_when_it_is_approved_fails_and_says_why()
    {
        _lamp.Impact = "It is bright.";
        using var approvals = Approvals();
        var waiting = await approvals.SubmitAsync(Request("anna"));
        _lamp.Fault = "The lamp is gone.";

        var approved = await approvals.ApproveAsync(waiting.Change!.Id, "bert", null);

        Assert.Multiple(() =>
        {
            Assert.That(approved.Outcome, Is.EqualTo(ChangeOutcome.Invalid));
            Assert.That(approved.Change, Has.Property("Status").EqualTo(ChangeStatus.Failed).And.Property("Fault").EqualTo("The lamp is gone."));
            Assert.That(_lamp.Applied, Is.Empty);
        });
    }

    [Test]
    public async Task What_was_signed_off_before_a_crash_is_made_by_the_next_start_and_only_then()
    {
        _lamp.Impact = "It is bright.";
        _lamp.Crash = true;
        Guid id;
        using (var crashing = Approvals())
        {
            id = (await crashing.SubmitAsync(Request("anna"))).Change!.Id;
            Assert.That(() => crashing.ApproveAsync(id, "bert", null), Throws.TypeOf<IOException>());
        }

        _lamp.Crash = false;
        using var approvals = Approvals();
        await approvals.ResumeAsync();
        await approvals.ResumeAsync();

        Assert.Multiple(() =>
        {
            Assert.That(_lamp.Applied.Single().ChangeId, Is.EqualTo(id));
            Assert.That(approvals.Find(id)!.Status, Is.EqualTo(ChangeStatus.Applied));
        });
    }

    [Test]
    public async Task As_many_wait_as_may_and_expired_ones_make_room()
    {
        _lamp.Impact = "It is bright.";
        using var approvals = Approvals();
        for (var i = 0; i < 3; i++)
        {
            await approvals.SubmitAsync(Request("anna"));
        }

        var refused = await approvals.SubmitAsync(Request("anna"));
        _clock.Advance(TimeSpan.FromHours(24));
        var taken = await approvals.SubmitAsync(Request("anna"));

        Assert.That(new[] { refused.Outcome, taken.Outcome }, Is.EqualTo(new[] { ChangeOutcome.TooMany, ChangeOutcome.Waits }));
    }

    [Test]
    public async Task Unknown_kinds_ids_and_missing_reasons_are_refused()
    {
        using var approvals = Approvals();

        var kind = await approvals.SubmitAsync(Request("anna") with { Kind = "lamp.eat" });
        var id = await approvals.ApproveAsync(Guid.Empty, "bert", null);
        var reason = await approvals.SubmitAsync(Request("anna") with { Reason = "" });

        Assert.That(
            new[] { kind.Outcome, id.Outcome, reason.Outcome },
            Is.EqualTo(new[] { ChangeOutcome.Unknown, ChangeOutcome.Unknown, ChangeOutcome.Invalid }));
    }

    private static ChangeRequest Request(string actor) => new("lamp.light", "lamp:1", JsonElement.Parse("{}"), "It is dark.", actor);

    private Approvals Approvals() => new(
        new ChangeStore(new SqliteFile(_folder.File("governance.db"), PolicyStore.Migrations)),
        [_lamp],
        new GovernanceOptions { ChangeExpiryHours = 24, MaxPendingChanges = 3 },
        _clock,
        NullLogger<Approvals>.Instance,
        _audit);

    private sealed class Lamp : IChangeKind
    {
        public string Name => "lamp.light";

        public string? Impact { get; set; }

        public string? Fault { get; set; }

        public bool Crash { get; set; }

        public ConcurrentQueue<ApprovedChange> Applied { get; } = new();

        public string? Check(ChangeRequest request) => Fault;

        public string? HighImpact(ChangeRequest request) => Impact;

        public string Difference(ChangeRequest request) => "off -> on";

        public Task ApplyAsync(ApprovedChange change, CancellationToken cancellationToken)
        {
            if (Crash)
            {
                throw new IOException("Planted: the power is gone.");
            }

            Applied.Enqueue(change);
            return Task.CompletedTask;
        }
    }

    private sealed class Audited : IAuditLog
    {
        public List<string> Actions { get; } = [];

        public ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken = default)
        {
            lock (Actions)
            {
                Actions.Add(record.Action);
            }

            return ValueTask.CompletedTask;
        }
    }
}

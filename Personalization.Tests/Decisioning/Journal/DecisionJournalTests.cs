using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Pipeline.Journal;
using Personalization.Decisioning.Pipeline.Rankers;
using Personalization.Decisioning.Storage.Journal;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Log;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Decisioning.Rankers;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Journal;

/// <summary>Decisions on their way to the disk, and there.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DecisionJournalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DecisionLogOptions _options = new();
    private readonly RankedShop _shop = new();
    private readonly FakeLog _log = new();
    private readonly DecisionStore _store;
    private readonly DecisionJournal _journal;

    public DecisionJournalTests()
    {
        _store = new DecisionStore(_folder.File("decisions.db"), () => _shop.Shop);
        _journal = Journal();
    }

    public void Dispose()
    {
        _journal.Dispose();
        _store.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task A_decision_is_found_by_its_id_with_what_its_ranker_knew_and_what_came_of_it()
    {
        var answer = Ask();
        _journal.Write(new Outcome(answer.DecisionId, 5, OutcomeKind.Clicked, 7));
        _journal.Write(new Outcome(answer.DecisionId, 5, OutcomeKind.Clicked, 8));
        await _journal.FlushAsync(CancellationToken.None);

        var found = _store.Find(answer.DecisionId)!;

        Assert.Multiple(() =>
        {
            Assert.That(found.Answer.ToArray().Select(entry => _shop.Shop.IdOf(entry.Item)), Is.EqualTo(answer.Items.Select(item => item.Id)));
            Assert.That(_store.Ranker("for-you", found.Ranking!.Version)!.Mean, Is.EqualTo(_shop.Waiting.Of("for-you")!.Mean));
            Assert.That(_store.OutcomesOf(answer.DecisionId), Is.EqualTo((Outcome[])[new(answer.DecisionId, 5, OutcomeKind.Clicked, 7)]));
            Assert.That(_store.Find(Guid.CreateVersion7(DateTimeOffset.UnixEpoch)), Is.Null);
        });
    }

    [Test]
    public async Task What_a_ranker_decided_by_stands_in_the_log()
    {
        var answer = Ask();
        await _journal.FlushAsync(CancellationToken.None);

        var written = new System.Buffers.ArrayBufferWriter<byte>();
        _log.Entries.Single().WriteTo(written);
        var shown = ShownEntry.Read(written.WrittenSpan).Answers.Single();
        var record = _store.Find(answer.DecisionId)!;
        Assert.Multiple(() =>
        {
            Assert.That(shown.Key, Is.EqualTo(RankerTeacher.KeyOf(Hasher, answer.DecisionId)));
            Assert.That((shown.Placement, shown.AtMs), Is.EqualTo(("for-you", FakeShop.Start)));
            Assert.That(shown.Items.Select(_shop.Shop.IdOf), Is.EqualTo(answer.Items.Select(item => item.Id)));
            Assert.That(shown.FeaturesOf(3).ToArray(), Is.EqualTo(record.Ranking!.Features[record.Answer[3].Row - 1]));
        });
    }

    [Test]
    public async Task Of_whom_nothing_may_be_learnt_nothing_is_told_to_rankers()
    {
        _shop.Shop.Verdict = new(IsAllowed: false, Personalization.Tracking.Contracts.ConsentReason.Denied);
        Ask();
        await _journal.FlushAsync(CancellationToken.None);

        Assert.That(_log.Entries, Is.Empty);
    }

    [Test]
    public async Task More_than_may_be_written_in_a_second_go_unwritten_and_are_counted()
    {
        _options.MaxPerSecond = 3;
        for (var i = 0; i < 5; i++)
        {
            Ask();
        }

        _shop.Shop.Clock.Advance(TimeSpan.FromSeconds(1));
        Ask();
        await _journal.FlushAsync(CancellationToken.None);

        Assert.That((_journal.Lost, _store.Newest(0, long.MaxValue).Count()), Is.EqualTo((2, 4)));
    }

    [Test]
    public async Task When_nobody_writes_nobody_waits()
    {
        _options.MaxWaiting = 16;
        using var journal = Journal();
        var personalizer = _shop.Shop.Personalizer(_shop.Plan, journal, _shop.Steps);
        for (var i = 0; i < 20; i++)
        {
            Assert.That(personalizer.Recommend(Question)!.Items, Has.Count.EqualTo(20));
        }

        Assert.That(journal.Lost, Is.EqualTo(4));
        await journal.FlushAsync(CancellationToken.None);
        personalizer.Recommend(Question);
        await journal.FlushAsync(CancellationToken.None);
        Assert.That((journal.Lost, _store.Newest(0, long.MaxValue).Count()), Is.EqualTo((4, 17)));
    }

    [Test]
    public async Task What_is_old_or_too_much_is_deleted_and_what_belongs_to_it_goes_too()
    {
        var first = Ask();
        _journal.Write(new Outcome(first.DecisionId, 1, OutcomeKind.Seen, FakeShop.Start));
        await _journal.FlushAsync(CancellationToken.None);
        _shop.Shop.Clock.Advance(TimeSpan.FromDays(3));
        var second = Ask();
        var third = Ask();
        await _journal.FlushAsync(CancellationToken.None);
        var bytes = _store.Bytes;

        while (_store.Trim(FakeShop.Start + 1, long.MaxValue))
        {
        }

        Assert.Multiple(() =>
        {
            Assert.That(_store.Find(first.DecisionId), Is.Null);
            Assert.That(_store.OutcomesOf(first.DecisionId), Is.Empty);
            Assert.That(_store.Find(second.DecisionId), Is.Not.Null);
            Assert.That(_store.Bytes, Is.LessThan(bytes));
        });

        while (_store.Trim(0, _store.Bytes - 1))
        {
        }

        Assert.Multiple(() =>
        {
            Assert.That(_store.Find(second.DecisionId), Is.Null);
            Assert.That(_store.Find(third.DecisionId), Is.Not.Null);
        });
    }

    [Test]
    public async Task A_persons_decisions_are_counted_and_erased_and_nobody_elses()
    {
        var own = Ask();
        var others = Ask("u7");
        await _journal.FlushAsync(CancellationToken.None);
        var subject = new ErasureSubject(new HashSet<int> { 0 }, [], new HashSet<UInt128>());

        var count = await _store.CountAsync(subject, CancellationToken.None);
        var erased = await _store.EraseAsync(subject, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That((count, erased), Is.EqualTo((1L, 1L)));
            Assert.That(_store.Find(own.DecisionId), Is.Null);
            Assert.That(_store.Find(others.DecisionId), Is.Not.Null);
        });
        Assert.That(await _store.EraseAsync(subject, CancellationToken.None), Is.Zero);
    }

    private static KeyHasher Hasher { get; } = new(new byte[16]);

    private static RecommendationRequest Question => new() { Placement = "for-you", UserId = "u0" };

    private Recommendations Ask(string user = "u0")
    {
        _shop.Shop.HasViewed(7, 4, 5);
        return _shop.Shop.Personalizer(_shop.Plan, _journal, _shop.Steps).Recommend(Question with { UserId = user })!;
    }

    private DecisionJournal Journal() => new(
        _store, _shop.Plan, _shop.Steps, _shop.Shop, new RankerTeacher(_log, Hasher), new DecisionOutcomes(), Options.Create(_options), TimeProvider.System, NullLogger<DecisionJournal>.Instance);

    private sealed class FakeLog : IEventLog
    {
        public List<LogEntry> Entries { get; } = [];

        public Admission TryAppend(LogEntry entry)
        {
            Entries.Add(entry);
            entry.Retain();
            entry.SetCommitted();
            return Admission.Accepted;
        }
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Restraint;
using Personalization.Decisioning.Domain.Restraint.Products;
using Personalization.Decisioning.Domain.Rules;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Decisioning.Rules;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Restraint;

/// <summary>How often a shopper is shown the same product.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SeenProductTests : IShownProducts
{
    private readonly FakeShop _shop = new();
    private readonly ProductRestraintOptions _options = new();
    private readonly ConcurrentQueue<ShownProducts> _told = [];
    private readonly Lazy<ProductLedger> _first;
    private readonly ShownProducts _spare = new();
    private ProductLedger? _restarted;
    private bool _isTold = true;
    private Personalizer? _personalizer;

    public SeenProductTests()
    {
        _first = new(() => new ProductLedger(Options.Create(_options), _shop));
        _shop.HasViewed(0, 1);
        _shop.HasViewed(1, 1);
    }

    private ProductLedger Ledger => _restarted ?? _first.Value;

    private Personalizer Personalizer => _personalizer ??= _shop.Personalizer(
        null, new ExcludeSeenStep(Ledger, Options.Create(new RestraintOptions())), new PromiseProductsStep(Ledger, this, Options.Create(new RestraintOptions())));

    public void Tell(DecisionContext context)
    {
        var shown = _isTold ? new ShownProducts() : _spare;
        shown.Take(context);
        if (_isTold)
        {
            _told.Enqueue(shown);
        }
    }

    [Test]
    public void A_product_is_shown_so_often_and_then_others_take_its_place()
    {
        _options.Caps.Add(new ProductCapOptions { Placement = "new", Count = 2, Hours = 1 });
        var (first, second, third) = (Ask(), Ask(), Ask());
        Apply();
        var (fourth, fifth) = (Ask(), Ask());

        Assert.Multiple(() =>
        {
            Assert.That(first, Is.EqualTo(["i99", "i98", "i97"]));
            Assert.That(second, Is.EqualTo(first));
            Assert.That(third, Is.EqualTo(["i96", "i95", "i94"]));
            Assert.That(fourth, Is.EqualTo(third), "what the log told is counted once");
            Assert.That(fifth, Is.EqualTo(["i93", "i92", "i91"]));
            Assert.That(Ask("u1"), Is.EqualTo(first), "somebody else");
            Assert.That(Ask(null), Is.EqualTo(first), "nobody");
            Assert.That(Ask(placement: "popular"), Is.EqualTo(first), "another placement");
            Assert.That(_told.Select(shown => shown.UserId), Is.EqualTo(["u0", "u0", "u1"]), "the third was applied; of nobody and of what is not counted the log is not told");
        });
    }

    [Test]
    public void The_window_slides()
    {
        _options.Caps.Add(new ProductCapOptions { Count = 1, Hours = 1 });
        var first = Ask();
        Apply();
        _shop.Clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        var justBefore = Ask();
        _shop.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.That(justBefore, Is.EqualTo(["i96", "i95", "i94"]));
        Assert.That(Ask(), Is.EqualTo(first));
    }

    [Test]
    public void What_was_clicked_counts_from_then_on_anew()
    {
        _options.Caps.Add(new ProductCapOptions { Count = 2 });
        Ask();
        Ask();
        Apply();
        Ledger.Click(0, 98, NowMs);
        var afterClick = Ask();
        Apply();
        var again = Ask();

        Assert.That(afterClick, Is.EqualTo(["i98", "i96", "i95"]));
        Assert.That(again[0], Is.EqualTo("i98"), "the second time since the click");
        Assert.That(Ask(), Does.Not.Contain("i98"));
    }

    [Test]
    public void Many_answers_at_once_show_nothing_once_too_often()
    {
        _options.Caps.Add(new ProductCapOptions { Count = 3 });
        var answers = new ConcurrentBag<string[]>();
        _ = Personalizer;
        var threads = Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < 10; i++)
            {
                answers.Add(Ask());
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        var times = answers.SelectMany(answer => answer).CountBy(item => item).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(times.Max(pair => pair.Value), Is.EqualTo(3));
            Assert.That(times.Sum(pair => pair.Value), Is.GreaterThan(200).And.LessThanOrEqualTo(240));
            Assert.That(_told.Sum(shown => shown.Items.Length), Is.EqualTo(times.Sum(pair => pair.Value)));
        });
    }

    [Test]
    public void What_stands_in_the_log_is_known_after_a_restart()
    {
        _options.Caps.Add(new ProductCapOptions { Count = 1 });
        var first = Ask();
        Apply();
        var rows = new CheckpointRows().Take(Ledger);
        Ask(); // Promised, and lost with the process.

        (_restarted, _personalizer) = (new ProductLedger(Options.Create(_options), _shop), null);
        Ledger.Load(rows);

        Assert.That(rows.CountOf(122), Is.EqualTo(1));
        Assert.That(Ask(), Is.EqualTo(["i96", "i95", "i94"]));
        Assert.That(Ask("u1"), Is.EqualTo(first));
    }

    [Test]
    public void A_placement_does_not_repeat_what_another_one_shows()
    {
        _options.Elsewhere.Add(new ShownElsewhereOptions { Placement = "popular", ShownAt = { "new" } });
        var hero = Ask();
        var below = Ask(placement: "popular");
        var trending = Ask(placement: "trending");
        _shop.Clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Multiple(() =>
        {
            Assert.That(below, Is.EqualTo(["i96", "i95", "i94"]));
            Assert.That(trending, Is.EqualTo(hero));
            Assert.That(Ask(), Is.EqualTo(hero), "it says nothing of the other direction");
            Assert.That(_told.Select(shown => shown.Placement), Is.EqualTo(["new", "new"]), "only what counts is told");
            Assert.That(Ask(placement: "popular"), Is.EqualTo(below), "the page is a new one, but so is its hero");
        });
    }

    [Test]
    public void Or_for_the_whole_session_and_whichever_was_first()
    {
        _options.Elsewhere.Add(new ShownElsewhereOptions { Placement = "popular", Seconds = 0 });
        Ask();
        Apply();
        Ledger.Click(0, 99, NowMs);
        _shop.Clock.Advance(TimeSpan.FromMinutes(20));
        var sameSession = Ask(placement: "popular");
        _shop.Clock.Advance(TimeSpan.FromHours(2));

        Assert.That(sameSession, Is.EqualTo(["i96", "i95", "i94"]), "a click does not bring it back");
        Assert.That(Ask(placement: "popular"), Is.EqualTo(["i99", "i98", "i97"]));
    }

    [Test]
    public void A_decision_with_caps_allocates_no_more_than_its_answer()
    {
        _options.Caps.Add(new ProductCapOptions { Count = 5 });
        _options.Elsewhere.Add(new ShownElsewhereOptions { Placement = "new" });
        _isTold = false;
        var request = new RecommendationRequest { Placement = "new", UserId = "u0", Limit = 20 };
        for (var i = 0; i < 18; i++)
        {
            Personalizer.Recommend(request);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var answer = Personalizer.Recommend(request)!;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        TestContext.Out.WriteLine($"{allocated} bytes");
        Assert.That(answer.Items[0].Id, Is.EqualTo("i39"), "the others were shown often enough");
        Assert.That(answer.Items, Has.Count.EqualTo(20));
        Assert.That(allocated, Is.LessThanOrEqualTo(DecisionBudgetTests.AnswerBudget));
    }

    [Test]
    public void What_one_shopper_has_seen_enough_of_is_not_said_of_the_next()
    {
        var (room, filter) = (new ProductScratch(), new ItemFilter());
        room.Enough.Add(7);

        Ledger.Exclude(new ProductQuestion(ProfileId: 1, NowMs, NowMs, Decision: 1, Placement: 1), room, filter);

        Assert.That((room.Enough.Count, filter.IsExcluded(7)), Is.EqualTo((0, false)));
    }

    [Test]
    public void A_trial_promises_nothing()
    {
        _options.Caps.Add(new ProductCapOptions { Count = 1 });
        var request = new RecommendationRequest { Placement = "new", UserId = "u0", Limit = 3, Trial = new DecisionTrial(new RuleSet([], _shop)) };

        var (first, second) = (RuleWorld.Ids(Personalizer.Recommend(request)!), RuleWorld.Ids(Personalizer.Recommend(request)!));

        Assert.That(second, Is.EqualTo(first));
        Assert.That(_told, Is.Empty);
    }

    [Test]
    public async Task Merged_profiles_have_seen_what_both_have_and_an_erasure_forgets_it()
    {
        _options.Caps.Add(new ProductCapOptions { Count = 2 });
        Ask();
        Ask("u1");
        Apply();
        Ledger.Merge(1, 0);
        var merged = Ask();
        var subject = new ErasureSubject(new HashSet<int> { 0 }, [], new HashSet<UInt128>());

        Assert.That(merged, Is.EqualTo(["i96", "i95", "i94"]));
        Assert.That(await Ledger.CountAsync(subject, default), Is.EqualTo(1));
        Assert.That(await Ledger.EraseAsync(subject, default), Is.EqualTo(1));
        Assert.That(await Ledger.CountAsync(subject, default), Is.Zero);
        Assert.That(Ask()[0], Is.EqualTo("i99"));
        Assert.That(new CheckpointRows().Take(Ledger).CountOf(122), Is.Zero);
    }

    [Test]
    public void More_than_is_kept_is_forgotten_the_oldest_first()
    {
        var record = new ProductRecord();
        for (var i = 0; i < ProductRecord.MaxShown + 10; i++)
        {
            record.Add(new SeenProduct(1, i, i, 0));
        }

        Assert.That((record.Shown.Count, record.Shown[0].Item), Is.EqualTo((ProductRecord.MaxShown, 10)));
        Assert.That(ProductRecord.Decode(record.Encode()).Shown, Is.EqualTo(record.Shown));
        Assert.That(() => ProductRecord.Decode(new byte[27]), Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public void Wrong_settings_are_all_told_at_once()
    {
        _options.Caps.Add(new ProductCapOptions { Placement = "nowhere", Count = 0 });
        _options.Elsewhere.Add(new ShownElsewhereOptions { Placement = "new", ShownAt = { "new", "beyond" }, Seconds = -1 });
        _options.Elsewhere.Add(new ShownElsewhereOptions());

        var result = new ProductRestraintOptionsValidator(Options.Create(_shop.Options)).Validate(null, _options);

        Assert.That(result.Failures, Has.Exactly(6).Items);
    }

    private long NowMs => _shop.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    private string[] Ask(string? user = "u0", string placement = "new") =>
        RuleWorld.Ids(Personalizer.Recommend(new RecommendationRequest { Placement = placement, UserId = user, Limit = 3 })!);

    /// <summary>The log comes round.</summary>
    private void Apply()
    {
        while (_told.TryDequeue(out var shown))
        {
            Ledger.Show(int.Parse(shown.UserId.AsSpan(1)), Impression.DecisionKey(shown.DecisionId), Impression.ScopeKey(shown.Placement), shown.AtMs, shown.Items);
        }
    }
}

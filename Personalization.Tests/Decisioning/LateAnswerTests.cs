using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Decisioning.Pipeline;
using Personalization.Features.Contracts;
using Personalization.Tests.Decisioning.Restraint;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning;

/// <summary>Answers that go out although the call that was to make them does not come back.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class LateAnswerTests : IDisposable
{
    private static readonly RecommendationRequest Question = new() { Placement = "for-you", Limit = 5, UserId = "u0" };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly FakeShop _shop = new();
    private readonly StuckPart _stuck = new();

    public void Dispose() => _stuck.Dispose();

    [Test]
    public async Task The_first_to_ask_a_part_that_hangs_is_answered_while_it_hangs()
    {
        var personalizer = _shop.Personalizer(Plan());
        using var watch = Watch(personalizer);
        var asked = personalizer.RecommendAsync(Question);
        _stuck.Entered.Wait(Patience);
        watch.Look();
        Assert.That(asked.IsCompleted, Is.False, "its time is not over");

        _shop.Clock.Advance(TimeSpan.FromMilliseconds(16));
        watch.Look();
        var answer = (await asked.WaitAsync(Patience))!;

        Assert.Multiple(() =>
        {
            Assert.That(answer.Items, Has.Count.EqualTo(5));
            Assert.That(answer.FallbackReason, Is.EqualTo("budget_exceeded"));
            Assert.That(answer.MissingParts, Is.EqualTo((string[])["stuck"]));
            Assert.That(answer.Parts, Is.EqualTo((string[])["new_arrival"]));
            Assert.That(_stuck.Calls, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Nothing_is_taken_from_its_thread_when_the_whole_process_stood_still_or_while_a_quarter_of_a_small_budget_is_left()
    {
        _shop.Options.Placements["for-you"].BudgetMs = 4;
        var personalizer = _shop.Personalizer(Plan());
        using var watch = Watch(personalizer);
        var asked = personalizer.RecommendAsync(Question);
        _stuck.Entered.Wait(Patience);
        _shop.Clock.Advance(TimeSpan.FromMilliseconds(2.9));
        watch.Look();
        _shop.Clock.Advance(TimeSpan.FromMilliseconds(100));
        watch.Look(isLate: true);
        _stuck.Release();

        // The part came back and was late, as the decision that asked it says itself.
        Assert.That((await asked.WaitAsync(Patience))!.ModelVersion, Does.StartWith("popularity"));
        Assert.That(personalizer.SmallestBudget, Is.EqualTo(TimeSpan.FromMilliseconds(4)));
    }

    [Test]
    public async Task What_the_shopper_may_not_be_shown_is_not_in_a_late_answer_either()
    {
        _shop.SoldOut.Add(FakeShop.Items - 1);
        _shop.Views[0] = view =>
        {
            (view.SessionNumber, view.SessionStartMs, view.LastEventMs) = (1, FakeShop.Start, FakeShop.Start);
            FakeShop.Fill(view, RecentKind.Purchased, FakeShop.Items - 2);
        };
        var answer = await CutAsync(Plan(), Question with { Exclude = [$"i{FakeShop.Items - 3}"] });

        Assert.That(answer.Items.Select(item => item.Id), Is.EqualTo((string[])["i96", "i95", "i94", "i93", "i92"]));
    }

    [TestCase(DecisionPhase.Prepare)]
    [TestCase(DecisionPhase.Rank)]
    [TestCase(DecisionPhase.Arrange)]
    [TestCase(DecisionPhase.Seal)]
    public async Task A_step_that_hangs_holds_nobody_either(DecisionPhase phase)
    {
        var answer = await CutAsync(null, Question, new StuckStep(_stuck, phase));

        Assert.That((answer.Items.Count, answer.FallbackReason, _stuck.Calls), Is.EqualTo((5, "budget_exceeded", 1)));
    }

    [Test]
    public async Task A_baseline_that_hangs_is_done_without_as_well()
    {
        var plan = new CandidatePlan(_ => [_stuck], [_stuck, new NewArrivalsSource(_shop)]);
        var personalizer = _shop.Personalizer(plan);
        using var watch = Watch(personalizer);
        var asked = personalizer.RecommendAsync(Question);
        _stuck.Entered.Wait(Patience);
        _shop.Clock.Advance(TimeSpan.FromMilliseconds(25));
        watch.Look();
        watch.Look();

        Assert.Multiple(async () =>
        {
            Assert.That((await asked.WaitAsync(Patience))!.Items, Has.Count.EqualTo(5));
            Assert.That(personalizer.Recommend(Question)!.Items, Has.Count.EqualTo(5), "nor do the decisions after it");
            Assert.That(_stuck.Calls, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task The_call_that_comes_back_late_answers_nobody_and_counts_nothing()
    {
        var remembered = 0;
        var after = new Counting(DecisionPhase.Arrange);
        var remember = new Counting(DecisionPhase.Remember) { On = () => Interlocked.Increment(ref remembered) };
        var personalizer = _shop.Personalizer(Plan(), after, remember);
        using var watch = Watch(personalizer);
        var answers = new List<(Recommendations Answer, bool IsLate)>();
        var gate = new TaskCompletionSource();
        var asked = Task.Run(() => AnswerAsync(personalizer, (_, _, answer, isLate) =>
        {
            lock (answers)
            {
                answers.Add((answer, isLate));
            }

            return gate.Task;
        }));
        _stuck.Entered.Wait(Patience);
        _shop.Clock.Advance(TimeSpan.FromMilliseconds(25));
        watch.Look();
        SpinWait.SpinUntil(() => Volatile.Read(ref remembered) == 1, Patience);
        _stuck.Release();

        Assert.That(asked.IsCompleted, Is.False, "who asked is still being written to");
        gate.SetResult();
        await asked.WaitAsync(Patience);
        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(each => each.IsLate), Is.EqualTo((bool[])[true]));
            Assert.That((remembered, after.Calls), Is.EqualTo((1, 0)), "the baseline is not arranged, and nobody else's answer is remembered");
        });

        // The context is whole again.
        Assert.That((await personalizer.RecommendAsync(Question).WaitAsync(Patience))!.FallbackReason, Is.Null);
    }

    [Test]
    public async Task An_answer_that_cannot_be_written_is_told_to_whoever_comes_back()
    {
        var personalizer = _shop.Personalizer(Plan());
        using var watch = Watch(personalizer);
        var asked = Task.Run(() => AnswerAsync(personalizer, static (_, _, _, _) => throw new IOException("gone")));
        _stuck.Entered.Wait(Patience);
        _shop.Clock.Advance(TimeSpan.FromMilliseconds(25));
        watch.Look();
        _stuck.Release();

        Assert.That(async () => await asked.WaitAsync(Patience), Throws.InstanceOf<IOException>());
    }

    [Test]
    public void Every_question_is_answered_by_exactly_one_whoever_is_faster()
    {
        const int Questions = 20_000;
        var context = new DecisionContext(_shop);
        var placement = Placement.From("for-you", new PlacementOptions());
        var health = new PartHealth("slow");
        var (taken, isOver) = (0, false);
        var taker = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                taken += context.Handover.TryTake(context, health) is null ? 0 : 1;
            }
        });
        taker.Start();
        var (own, lost) = (0, 0);
        for (var i = 0; i < Questions; i++)
        {
            context.Handover.Ask(this, static (_, _, _, _) => Task.CompletedTask);
            context.Begin(Question, placement, _shop.Clock.GetUtcNow(), 20, new Deadline(_shop.Clock, TimeSpan.Zero));
            context.Handover.Open();
            if (i % 2 == 0 && context.Handover.TryHold())
            {
                context.Handover.Release();
            }

            var isOwn = context.Handover.TryHold();
            own += isOwn ? 1 : 0;
            lost += context.Handover.End() is null == isOwn ? 0 : 1;
        }

        Volatile.Write(ref isOver, true);
        taker.Join();
        Assert.That((own + taken, lost), Is.EqualTo((Questions, 0)));
    }

    [Test]
    public void What_was_promised_to_the_answer_is_in_it_and_nothing_is_promised_any_more()
    {
        var context = new DecisionContext(_shop);
        context.Handover.Ask(this, static (_, _, _, _) => Task.CompletedTask);
        context.Begin(Question, Placement.From("for-you", new PlacementOptions()), _shop.Clock.GetUtcNow(), 20, new Deadline(_shop.Clock, TimeSpan.Zero));
        context.Handover.Open();
        Assert.That(context.Handover.TryHold(), Is.True);
        Assert.That(context.Handover.TryTake(context, new PartHealth("slow")), Is.Null, "something is being promised");
        context.Handover.Release();

        var cut = context.Handover.TryTake(context, new PartHealth("slow"))!;

        Assert.Multiple(() =>
        {
            Assert.That(cut.DecisionId, Is.EqualTo(context.DecisionId));
            Assert.That(context.Handover.TryHold(), Is.False);
            Assert.That(context.Handover.IsTaken, Is.True);
            Assert.That(context.Handover.End(), Is.SameAs(cut));
        });
    }

    [TestCase(DecisionPhase.Seal, 1)]
    [TestCase(DecisionPhase.Prepare, 0)]
    public async Task Offers_are_in_a_late_answer_when_they_were_promised_before_and_are_not_promised_afterwards(DecisionPhase hangsAt, int offers)
    {
        var world = new OfferWorld();
        world.Knows(0);
        world.Live("ten");
        var choose = new ChooseOffersStep(world.Book, world.Rules, world.Ledger, world, Options.Create(world.Options));
        var personalizer = world.Shop.Personalizer(null, choose, new StuckStep(_stuck, hangsAt));
        using var watch = new DecisionWatch(personalizer, world.Shop.Clock, NullLogger<DecisionWatch>.Instance);
        var cameBack = new TaskCompletionSource<Recommendations>();
        var thread = Task.Run(() =>
        {
            personalizer.TryAnswer(Question with { Placement = "next-best-action" }, this, (_, _, late, _) => Answer(late), out var written);
            return written;
        });
        _stuck.Entered.Wait(Patience);
        world.Shop.Clock.Advance(TimeSpan.FromMilliseconds(25));
        watch.Look();
        var answer = await cameBack.Task.WaitAsync(Patience);
        _stuck.Release();
        await thread.WaitAsync(Patience);

        Assert.Multiple(() =>
        {
            Assert.That(answer.Offers?.Count ?? 0, Is.EqualTo(offers));
            Assert.That(world.Told.Select(told => told.DecisionId), Is.EqualTo(Enumerable.Repeat(answer.DecisionId, offers)));
        });

        Task Answer(Recommendations late)
        {
            cameBack.SetResult(late);
            return Task.CompletedTask;
        }
    }

    [Test]
    public async Task Over_HTTP_the_answer_is_whole_and_its_connection_is_not_used_again()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ShopServer.StartWithAsync(
            folder.Path,
            services => services.AddSingleton(provider =>
            {
                var usual = CandidatePlan.Create(
                    provider.GetRequiredService<LearnedModels>(), provider.GetRequiredService<IOptions<DecisioningOptions>>().Value, provider.GetRequiredService<ICatalog>());
                return new CandidatePlan(kind => [_stuck, .. usual[kind]], usual.Baseline);
            }));
        try
        {
            using var first = await server.Client.GetAsync("/v1/recommendations/for-you?userId=ann").WaitAsync(Patience);
            var answer = System.Text.Json.JsonElement.Parse(await first.Content.ReadAsStringAsync());
            var second = await server.RecommendAsync("for-you?userId=ann").WaitAsync(Patience);

            Assert.Multiple(() =>
            {
                Assert.That(first.Headers.ConnectionClose, Is.True);
                Assert.That(answer.GetProperty("fallbackReason").GetString(), Is.EqualTo("budget_exceeded"));
                Assert.That(answer.GetProperty("missingParts")[0].GetString(), Is.EqualTo("stuck"));
                Assert.That(second.GetProperty("fallbackReason").GetString(), Is.EqualTo("budget_exceeded").Or.EqualTo("part_left_out"));
            });
        }
        finally
        {
            _stuck.Release();
        }
    }

    private Task AnswerAsync(Personalizer personalizer, WriteAnswer write)
    {
        Assert.That(personalizer.TryAnswer(Question, this, write, out var written), Is.True);
        return written;
    }

    private async Task<Recommendations> CutAsync(CandidatePlan? plan, RecommendationRequest question, params IDecisionStep[] steps)
    {
        var personalizer = _shop.Personalizer(plan, steps);
        using var watch = Watch(personalizer);
        var asked = personalizer.RecommendAsync(question);
        _stuck.Entered.Wait(Patience);
        _shop.Clock.Advance(TimeSpan.FromMilliseconds(25));
        watch.Look();
        return (await asked.WaitAsync(Patience))!;
    }

    private CandidatePlan Plan() => new(_ => [_stuck, new NewArrivalsSource(_shop)], [new PopularSource(_shop.Models.Popularity), new NewArrivalsSource(_shop)]);

    private DecisionWatch Watch(Personalizer personalizer) => new(personalizer, _shop.Clock, NullLogger<DecisionWatch>.Instance);

    private sealed class Counting(DecisionPhase phase) : IDecisionStep
    {
        public int Calls { get; private set; }

        public Action On { get; init; } = () => { };

        public DecisionPhase Phase => phase;

        public string Name => "counting_" + phase;

        public void Apply(DecisionContext context, object? scratch)
        {
            Calls++;
            On();
        }
    }
}

using System.Globalization;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Models.Content;
using Personalization.Decisioning.Domain.Models.Purchases;
using Personalization.Decisioning.Domain.Models.Sessions;

namespace Personalization.Decisioning.Domain.Models.Kept;

/// <summary>
/// Asks the gates of models that were trained here, against the version that answers: the same as those of versions that people make, as far as they say
/// something of the model. Where nothing answers, or what answers learnt from somebody who was erased since, there is nothing to be behind of.
/// </summary>
internal sealed class TrainedGates(LearnedModels models, IConsent consent, ErasedProfiles erased, TrainedVersions versions, ModelLifeOptions options, TimeProvider time)
{
    private const int Answers = 20;
    private const int PopularItems = 100;
    private const int MaxQuestions = 1_000;

    /// <summary>The least of so many rounds is the time of an answer: the thread gives way to everything else, and would be measured by how much there is of that.</summary>
    private const int Rounds = 3;

    /// <summary>Quality is that of the weights, found anew and live, on customers whose last purchases were held out from both.</summary>
    public TrainedCheck Check(NextPurchaseModel candidate, ProfileSet members, RecipeComparison? against, IReadOnlyList<(int Profile, ReadOnlyMemory<long> Cells)> histories)
    {
        var asked = Sample(histories);
        var live = Comparable(candidate.Name) as NextPurchaseModel;
        ModelMeasurement With(ModelMeasurement measured, RecipeQuality? quality) => measured with
        {
            Questions = against?.Customers ?? 0, HitRate = quality?.HitRate ?? 0, Mrr = quality?.Mrr ?? 0,
        };
        return Make(
            live?.Lineage.LogOffset,
            live is null ? null : With(AsWhenNew(live, Measure(live, asked)), against?.Live),
            With(Measure(candidate, asked), against?.Candidate),
            members.All().Count(erased.Contains),
            ["quality", "coverage", "popularity_bias", "latency", "erased_people"]);
    }

    /// <summary>What people went on to in their sessions, from which no content model learns.</summary>
    public TrainedCheck Check(ContentModel candidate)
    {
        var asked = Steps();
        var live = Comparable(candidate.Name) as ContentModel;
        return Make(
            live?.Lineage.LogOffset, live is null ? null : AsWhenNew(live, Measure(live, asked)), Measure(candidate, asked), 0, ["quality", "coverage", "popularity_bias", "latency"]);
    }

    /// <summary>Both powers were measured in the training, on the same beginnings of sessions.</summary>
    public TrainedCheck Check(SessionOrderModel candidate)
    {
        var live = Comparable(candidate.Name) as SessionOrderModel;
        ModelMeasurement At(float power, float withCurrent) => new(
            (int)candidate.Lineage.Examples,
            0,
            (candidate.Lineage.Metrics.GetValueOrDefault(string.Create(CultureInfo.InvariantCulture, $"mrr20At{power}"))
                + candidate.Lineage.Metrics.GetValueOrDefault(string.Create(CultureInfo.InvariantCulture, $"mrr20WithCurrentAt{withCurrent}"))) / 2,
            0,
            0,
            0,
            []);
        return Make(live?.Lineage.LogOffset, live is null ? null : At(live.Power, live.PowerWithCurrent), At(candidate.Power, candidate.PowerWithCurrent), 0, ["quality"]);
    }

    /// <summary>
    /// What is popular changes, and an old version does not know it: by today's list every newer one would lean to it too much. So the live one counts with what it
    /// leant to when it was new, unless it leans to today's list more.
    /// </summary>
    private ModelMeasurement AsWhenNew(IModel live, ModelMeasurement now) =>
        versions.Of(live.Name).Live?.Check?.Measured.PopularShare is { } whenNew && whenNew > now.PopularShare ? now with { PopularShare = whenNew } : now;

    private IModel? Comparable(string name) => versions.Of(name).Live is { OfErasedPeople: 0 } live ? live.Model : null;

    private TrainedCheck Make(long? against, ModelMeasurement? live, ModelMeasurement candidate, int ofErasedPeople, string[] asked)
    {
        var gates = Gates.Of(options, live, candidate, ofErasedPeople).Where(gate => asked.Contains(gate.Name)).ToList();
        return new TrainedCheck(time.GetUtcNow().ToUnixTimeMilliseconds(), against, gates.TrueForAll(gate => gate.HasPassed), gates, candidate, live);
    }

    private ModelMeasurement Measure(NextPurchaseModel model, List<Purchase[]> histories)
    {
        var (scratch, filter) = (new PurchaseScratch(), new ItemFilter());
        return Measure(histories, (history, room) =>
        {
            filter.Clear();
            foreach (var purchase in history)
            {
                filter.Exclude(purchase.Item);
            }

            return model.Find(history, onlyNew: true, scratch, filter, room);
        }, _ => -1);
    }

    private ModelMeasurement Measure(ContentModel model, List<(int Current, int Next)> steps)
    {
        var (scratch, filter) = (new NeighbourScratch(), new ItemFilter());
        return Measure(steps, (step, room) =>
        {
            filter.Clear();
            filter.Exclude(step.Current);
            return model.Find(step.Current, scratch, filter, room);
        }, step => step.Next);
    }

    private ModelMeasurement Measure<T>(List<T> questions, Func<T, ScoredItem[], int> ask, Func<T, int> wanted)
    {
        var popular = models.Popularity.Snapshot.Popular;
        var (measuring, room) = (new Measuring(popular.AsSpan(0, Math.Min(PopularItems, popular.Length))), new ScoredItem[Answers]);
        var least = TimeSpan.MaxValue;
        for (var round = 0; round < Rounds && questions.Count > 0; round++)
        {
            var start = time.GetTimestamp();
            foreach (var question in questions)
            {
                var found = ask(question, room);
                if (round == 0)
                {
                    measuring.Add(room.AsSpan(0, found), wanted(question), TimeSpan.Zero);
                }
            }

            var elapsed = time.GetElapsedTime(start);
            least = elapsed < least ? elapsed : least;
        }

        return measuring.Result() with { MeanMicroseconds = questions.Count == 0 ? 0 : least.TotalMicroseconds / questions.Count };
    }

    /// <summary>Histories evenly over all shoppers who let models be taught.</summary>
    private List<Purchase[]> Sample(IReadOnlyList<(int Profile, ReadOnlyMemory<long> Cells)> histories)
    {
        var step = Math.Max(1, (histories.Count + MaxQuestions - 1) / MaxQuestions);
        var sample = new List<Purchase[]>();
        for (var i = 0; i < histories.Count; i += step)
        {
            if (consent.May(histories[i].Profile, Purposes.Train).IsAllowed)
            {
                sample.Add(Array.ConvertAll(histories[i].Cells.ToArray(), cell => new Purchase(cell)));
            }
        }

        return sample;
    }

    /// <summary>The newest steps from one item to another, of those who let models be taught.</summary>
    private List<(int Current, int Next)> Steps()
    {
        var (steps, items, owners, newest) = (new List<(int Current, int Next)>(), new int[SessionBlocks.Largest], models.Sessions.State.Owners, models.Sessions.Newest);
        for (var serial = newest; serial > 0 && newest - serial < owners.Length && steps.Count < MaxQuestions; serial--)
        {
            var owner = owners[serial & (uint)(owners.Length - 1)];
            var count = owner.Serial == serial && consent.May(owner.Profile, Purposes.Train).IsAllowed ? models.Sessions.CopyNewest(serial, items) : 0;
            for (var i = 1; i < count; i++)
            {
                if (items[i] != items[i - 1])
                {
                    steps.Add((items[i - 1], items[i]));
                }
            }
        }

        return steps;
    }
}

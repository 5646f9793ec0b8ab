using NUnit.Framework;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Models.Factors;
using Personalization.Decisioning.Domain.Models.Purchases;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Decisioning.Models;

/// <summary>A shop where even customers buy even items and odd ones odd items, each month a few, and come back for one of their own.</summary>
public sealed class NextPurchaseTests
{
    private const long Day = 24 * 60 * 60_000L;
    private static readonly NextPurchaseBounds Bounds = new(MinBuyers: 5, MaxItems: 64, WeightsPerItem: 32, MaxFactorCustomers: 1000);

    [Test]
    public void Customers_are_offered_what_those_like_them_buy()
    {
        var shop = Taught();
        var model = Train(shop)!;
        var room = new ScoredItem[5];
        shop.Stage.Apply(shop.Event(EventKind.OrderCompleted, 900, 1, FakeShop.Start + (100 * Day), 2, 4));

        var filter = new ItemFilter();
        filter.Exclude(2);
        filter.Exclude(4);
        var count = model.Find(shop.Models.Purchases.Of(900), onlyNew: true, new PurchaseScratch(), filter, room);

        Assert.That(count, Is.EqualTo(5));
        Assert.That(room.Select(found => found.Item % 2), Is.All.Zero);
        Assert.That(room.Select(found => found.Item), Is.Unique.And.None.EqualTo(2).And.None.EqualTo(4));
    }

    [Test]
    public void The_same_purchases_make_the_same_version()
    {
        var (one, other) = (Train(Taught())!, Train(Taught())!);

        Assert.That(other.Lineage.Fingerprint, Is.EqualTo(one.Lineage.Fingerprint));
        Assert.That((one.Lineage.LogOffset, one.Lineage.Profiles, one.Lineage.Items), Is.EqualTo((42L, 120, 40)));
        Assert.That(one.Lineage.Metrics["allCustomers"], Is.GreaterThan(30));
    }

    [Test]
    public void Who_was_erased_or_withdrew_is_not_in_the_next_version()
    {
        var without = Train(Taught(leftOut: 7))!.Lineage.Fingerprint;
        var erased = Taught();
        erased.Models.Purchases.Erase(7);

        Assert.Multiple(() =>
        {
            Assert.That(Train(Taught())!.Lineage.Fingerprint, Is.Not.EqualTo(without));
            Assert.That(Train(erased)!.Lineage.Fingerprint, Is.EqualTo(without));
            Assert.That(Train(Taught(), profile => profile != 7)!.Lineage.Fingerprint, Is.EqualTo(without));
        });
    }

    [Test]
    public void What_may_only_be_shown_does_not_teach_and_what_may_only_teach_is_not_used()
    {
        var shop = Taught(leftOut: 7);
        var onlyServe = shop.Event(EventKind.OrderCompleted, 7, 1, FakeShop.Start, 1, 3);
        onlyServe.MayTrain = false;
        shop.Stage.Apply(onlyServe);
        var onlyTrain = shop.Event(EventKind.OrderCompleted, 901, 1, FakeShop.Start, 1, 3);
        onlyTrain.MayProfile = false;
        shop.Stage.Apply(onlyTrain);

        var model = Train(shop, profile => profile != 901)!;
        var room = new ScoredItem[5];
        var found = model.Find(shop.Models.Purchases.Of(901), onlyNew: false, new PurchaseScratch(), new ItemFilter(), room);

        Assert.That(model.Lineage.Fingerprint, Is.EqualTo(Train(Taught(leftOut: 7))!.Lineage.Fingerprint));
        Assert.That(found, Is.Zero);
    }

    [Test]
    public void A_placement_that_lets_bought_items_in_offers_them_again_and_one_that_does_not_never_does()
    {
        var shop = Taught();
        shop.Options.Placements["again"] = new() { Kind = PlacementKind.ForYou, ExcludePurchased = false };
        shop.Models.Trained.NextPurchases = Train(shop);
        shop.Views[8] = view => view.LastEventMs = FakeShop.Start;
        var own = shop.Models.Purchases.Of(8).ToArray().Select(purchase => $"i{purchase.Item}").ToHashSet();

        var again = shop.Personalizer().Recommend(new RecommendationRequest { Placement = "again", UserId = "u8" })!;
        var onlyNew = shop.Personalizer().Recommend(new RecommendationRequest { Placement = "for-you", UserId = "u8" })!;

        Assert.Multiple(() =>
        {
            Assert.That(own, Does.Contain(again.Items[0].Id));
            Assert.That(again.Items[0].Reason, Is.EqualTo(ReasonCode.BuyAgain));
            Assert.That(onlyNew.Items[0].Reason, Is.EqualTo(ReasonCode.NextPurchase));
            Assert.That(onlyNew.Items.Select(item => item.Id).Intersect(own), Is.Empty);
        });
    }

    [Test]
    public void A_session_that_is_on_says_more_than_what_was_bought()
    {
        var shop = Taught();
        shop.Models.Trained.NextPurchases = Train(shop);
        for (var profile = 500; profile < 520; profile++)
        {
            shop.Session(profile, 60, 61);
        }

        shop.HasViewed(8, 60);

        var answer = shop.Personalizer().Recommend(new RecommendationRequest { Placement = "for-you", UserId = "u8" })!;

        Assert.That(answer.Items[0], Is.EqualTo(answer.Items[0] with { Id = "i61", Reason = ReasonCode.SimilarSessions }));
        Assert.That(answer.Items.Skip(1).Select(item => item.Reason), Does.Contain(ReasonCode.NextPurchase));
    }

    [Test]
    public void Next_purchases_allocate_no_more_than_the_answer()
    {
        var shop = Taught();
        shop.Models.Trained.NextPurchases = Train(shop);
        shop.Views[8] = view => view.LastEventMs = FakeShop.Start;
        var personalizer = shop.Personalizer();
        var request = new RecommendationRequest { Placement = "for-you", UserId = "u8" };
        for (var i = 0; i < 50; i++)
        {
            personalizer.Recommend(request);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        personalizer.Recommend(request);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThanOrEqualTo(900));
    }

    [Test]
    public void Nothing_is_trained_from_nearly_nothing()
    {
        var shop = new FakeShop();
        shop.Send(EventKind.OrderCompleted, 1, 1, FakeShop.Start, 1, 2, 3);

        Assert.That(Train(shop), Is.Null);
        Assert.That(Train(new FakeShop()), Is.Null);
    }

    [Test]
    public void An_item_of_the_linear_model_goes_with_those_that_the_same_customers_bought()
    {
        var shop = Taught();
        var room = new ScoredItem[8];

        var count = Train(shop)!.FindSimilar(3, new ItemFilter(), room);

        Assert.That(room[..count].Select(found => found.Item % 2), Is.Not.Empty.And.All.EqualTo(1));
        Assert.That(room[..count], Is.Ordered.Descending.By("Score"));
    }

    [Test]
    public void Factors_tell_the_two_kinds_of_customers_apart()
    {
        var shop = Taught();
        var data = DataOf(shop, _ => true);
        var matrix = PurchaseMatrix.Build(data, data.LastMinute + 1, 5, 64);
        var factors = ImplicitFactors.Fit(matrix, new FactorFit { Factors = 8 }, CancellationToken.None);
        var (vector, scores) = (new float[8], new float[matrix.Count]);

        factors.Embed([matrix.LocalOf(1), matrix.LocalOf(3)], vector, new float[factors.WorkLength]);
        factors.AddScores(vector, 1, scores);

        var best = scores.Index().OrderByDescending(score => score.Item).Take(10).Select(score => matrix.Items[score.Index] % 2);
        Assert.That(best, Is.All.EqualTo(1));
    }

    private static NextPurchaseModel? Train(FakeShop shop, Func<int, bool>? mayTrain = null) =>
        NextPurchaseTrainer.Train(DataOf(shop, mayTrain ?? (_ => true)), Bounds, logOffset: 42, CancellationToken.None);

    private static PurchaseData DataOf(FakeShop shop, Func<int, bool> mayTrain) =>
        PurchaseData.From(shop.Models.Purchases.Snapshot(), mayTrain, most: 1_000_000);

    private static FakeShop Taught(int leftOut = -1)
    {
        var shop = new FakeShop();
        for (var customer = 0; customer < 120; customer++)
        {
            var random = new Random(customer);
            var favourite = (random.Next(20) * 2) + (customer % 2);
            for (var month = 0; month < 5; month++)
            {
                int[] items = [favourite, .. Enumerable.Range(0, 3).Select(_ => (random.Next(20) * 2) + (customer % 2))];
                if (customer != leftOut)
                {
                    shop.Send(EventKind.OrderCompleted, customer, 1, FakeShop.Start + (((month * 20) + random.Next(20)) * Day), [.. items.Distinct()]);
                }
            }
        }

        return shop;
    }
}

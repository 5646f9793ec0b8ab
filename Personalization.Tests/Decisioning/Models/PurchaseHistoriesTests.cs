using NUnit.Framework;
using Personalization.Decisioning.Domain.Models.Purchases;
using Personalization.Kernel.Checkpoints;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Models;

public sealed class PurchaseHistoriesTests
{
    private const long Start = FakeShop.Start;
    private const long Minute = 60_000;
    private const PurchaseUse All = PurchaseUse.Serve | PurchaseUse.Train;

    [Test]
    public void Purchases_stand_by_time_however_they_come()
    {
        var histories = new PurchaseHistories(64, 1000);

        foreach (var minute in new[] { 3, 1, 2, 5, 4, 9, 8, 7, 6, 10 })
        {
            histories.Add(7, new Purchase(minute, Start + (minute * Minute), All));
        }

        Assert.That(ItemsOf(histories, 7), Is.EqualTo(Enumerable.Range(1, 10)));
    }

    [Test]
    public void A_purchase_keeps_its_minute_and_what_may_be_done_with_it()
    {
        var purchase = new Purchase(int.MaxValue, Start + 30_000, PurchaseUse.Train);

        Assert.That((purchase.Item, purchase.Use), Is.EqualTo((int.MaxValue, PurchaseUse.Train)));
        Assert.That(Start + 30_000 - purchase.TimeMs, Is.InRange(0, Minute - 1));
    }

    [Test]
    public void Of_one_who_buys_much_the_oldest_go_and_what_is_kept_stays_bounded()
    {
        var histories = new PurchaseHistories(64, 100_000);

        for (var i = 0; i < 1000; i++)
        {
            histories.Add(1, new Purchase(i, Start + (i * Minute), All));
        }

        var items = ItemsOf(histories, 1);
        Assert.That(items, Has.Length.InRange(56, 64));
        Assert.That(items, Is.EqualTo(Enumerable.Range(1000 - items.Length, items.Length)));
        Assert.That(histories.Kept, Is.EqualTo(items.Length));
    }

    [Test]
    public void When_there_is_no_room_those_who_are_known_go_on_and_refusals_are_counted()
    {
        var histories = new PurchaseHistories(16, 2);
        histories.Add(1, new Purchase(1, Start, All));
        histories.Add(1, new Purchase(2, Start, All));

        histories.Add(2, new Purchase(3, Start, All));

        Assert.That((histories.Of(2).Length, histories.Refused), Is.EqualTo((0, 1)));
    }

    [Test]
    public void A_merge_moves_purchases_and_an_erasure_removes_them()
    {
        var histories = new PurchaseHistories(64, 1000);
        histories.Add(1, new Purchase(1, Start, All));
        histories.Add(2, new Purchase(2, Start - Minute, All));

        histories.Merge(2, 1);

        Assert.That((ItemsOf(histories, 1), ItemsOf(histories, 2)), Is.EqualTo((new[] { 2, 1 }, Array.Empty<int>())));
        Assert.That((histories.Erase(1), histories.Of(1).Length, histories.Kept, histories.Erase(1)), Is.EqualTo((2, 0, 0L, 0)));
    }

    [Test]
    public void A_checkpoint_takes_all_of_it_and_what_is_erased_leaves_it()
    {
        var histories = new PurchaseHistories(64, 1000);
        for (var i = 0; i < 64; i++)
        {
            histories.Add(1, new Purchase(i, Start + (i * Minute), All));
        }

        histories.Add(2, new Purchase(5, Start, PurchaseUse.Train));
        var rows = new CheckpointRows().Take(new State(histories));
        histories.Erase(2);
        rows.Take(new State(histories));

        var restored = new PurchaseHistories(64, 1000);
        new State(restored).Load(rows);

        Assert.That(restored.Of(1).ToArray(), Is.EqualTo(histories.Of(1).ToArray()));
        Assert.That((restored.Of(1).Length, restored.Of(2).Length, restored.Kept), Is.EqualTo((64, 0, 64L)));
    }

    private static int[] ItemsOf(PurchaseHistories histories, int profile) => [.. histories.Of(profile).ToArray().Select(purchase => purchase.Item)];

    private sealed class State(PurchaseHistories histories) : ICheckpointed
    {
        public string FileName => "test";

        public int Version => 1;

        public void Load(CheckpointReader reader) => histories.Load(reader, 20);

        public void Collect(CheckpointWriter writer) => histories.Collect(writer, 20);
    }
}

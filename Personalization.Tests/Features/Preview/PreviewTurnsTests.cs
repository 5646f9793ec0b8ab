using NUnit.Framework;
using Personalization.Features.Pipeline.Preview;

namespace Personalization.Tests.Features.Preview;

public class PreviewTurnsTests
{
    [Test]
    public async Task Only_so_many_run_at_a_time()
    {
        var turns = new PreviewTurns(2);
        using var first = await turns.TakeAsync(null, CancellationToken.None);
        var second = await turns.TakeAsync(null, CancellationToken.None);

        Assert.That(await turns.TakeAsync(null, CancellationToken.None), Is.Null);
        second!.Dispose();
        using var third = await turns.TakeAsync(null, CancellationToken.None);

        Assert.That(first, Is.Not.Null);
        Assert.That(third, Is.Not.Null);
    }

    [Test]
    public async Task A_newer_question_of_an_editor_ends_the_older_and_takes_its_place()
    {
        var turns = new PreviewTurns(1);
        var older = await turns.TakeAsync("tab", CancellationToken.None);

        var taking = turns.TakeAsync("tab", CancellationToken.None);
        Assert.That(older!.Token.IsCancellationRequested, Is.True);
        Assert.That(older.IsSuperseded, Is.True);
        Assert.That(taking.IsCompleted, Is.False, "one at a time");
        older.Dispose();
        using var newer = await taking;

        Assert.That(newer!.Token.IsCancellationRequested, Is.False);
        Assert.That(await turns.TakeAsync(null, CancellationToken.None), Is.Null, "the place is taken");
    }

    [Test]
    public async Task Of_several_that_wait_the_newest_wins()
    {
        var turns = new PreviewTurns(1);
        var running = await turns.TakeAsync("tab", CancellationToken.None);
        var waiting = turns.TakeAsync("tab", CancellationToken.None);
        var newest = turns.TakeAsync("tab", CancellationToken.None);

        running!.Dispose();
        using var passedOver = await waiting;
        using var winner = await newest;

        Assert.That(passedOver!.IsSuperseded, Is.True);
        Assert.That(winner!.IsSuperseded, Is.False);
        passedOver.Dispose();
        Assert.That(await turns.TakeAsync(null, CancellationToken.None), Is.Null, "one that was passed over gives no place back");
    }

    [Test]
    public async Task Editors_do_not_disturb_each_other()
    {
        var turns = new PreviewTurns(2);
        using var left = await turns.TakeAsync("left", CancellationToken.None);
        using var right = await turns.TakeAsync("right", CancellationToken.None);

        Assert.That(left!.Token.IsCancellationRequested || right!.Token.IsCancellationRequested, Is.False);
        Assert.That(await turns.TakeAsync("third", CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task Who_goes_away_is_heard()
    {
        var turns = new PreviewTurns(1);
        using var client = new CancellationTokenSource();
        using var turn = await turns.TakeAsync("tab", client.Token);

        await client.CancelAsync();

        Assert.That(turn!.Token.IsCancellationRequested, Is.True);
        Assert.That(turn.IsSuperseded, Is.False);
    }
}

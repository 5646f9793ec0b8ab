using NUnit.Framework;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Conditions.Compiled;
using Personalization.Features.Domain.Segments;

namespace Personalization.Tests.Features.Segments;

internal sealed class AnswerNotesTests
{
    private const int Partitions = 2;
    private const int Profile = 7;
    private const int Rank = 3;
    private static readonly SegmentSet Set = new([]);

    private readonly AnswerNotes _notes = new(Partitions);
    private readonly CompiledCondition _decider = new RandomCondition(new RandomShare("", 0.5, "seed")) { Path = "" };

    [SetUp]
    public void Note_something_at_an_event_behind_which_ten_are_stored()
    {
        _notes.Open(Set, Profile, stored: 10);
        _notes.Put(Rank, Note);
    }

    private AnswerNote Note => new(_decider, held: false, lacks: 5);

    [Test]
    public void A_note_is_there_at_the_next_event_and_of_its_own_version_only()
    {
        _notes.Open(Set, Profile, stored: 11);

        Assert.That(_notes.Of(Rank).Decider, Is.SameAs(_decider));
        Assert.That(_notes.Of(Rank + 1).Decider, Is.Null);
    }

    [TestCase(10)]
    [TestCase(12)]
    [TestCase(9)]
    public void A_history_that_did_not_grow_by_the_event_alone_leaves_no_note(int stored)
    {
        _notes.Open(Set, Profile, stored);

        Assert.That(_notes.Of(Rank).Decider, Is.Null);
    }

    [Test]
    public void Nothing_is_noted_of_other_versions_by_the_same_rank()
    {
        _notes.Open(new SegmentSet([]), Profile, stored: 11);

        Assert.That(_notes.Of(Rank).Decider, Is.Null);
    }

    [Test]
    public void What_is_dropped_is_gone_and_nothing_is_noted_before_the_next_event()
    {
        _notes.Drop(Profile);
        _notes.Put(Rank, Note);
        Assert.That(_notes.Of(Rank).Decider, Is.Null);

        _notes.Open(Set, Profile, stored: 11);
        Assert.That(_notes.Of(Rank).Decider, Is.Null);
    }

    [Test]
    public void Dropping_the_notes_of_somebody_who_has_none_leaves_those_of_others()
    {
        _notes.Drop(Profile + (Partitions * 256));
        _notes.Drop(Profile + Partitions);
        _notes.Open(Set, Profile, stored: 11);

        Assert.That(_notes.Of(Rank).Decider, Is.SameAs(_decider));
    }

    [Test]
    public void A_version_of_which_there_is_nothing_to_note_any_more_has_no_note()
    {
        _notes.Put(Rank, null);

        Assert.That(_notes.Of(Rank).Decider, Is.Null);
    }

    [Test]
    public void Profiles_never_see_the_notes_of_each_other_however_many_there_are()
    {
        var chance = new Random(3);
        var stored = new Dictionary<int, int>();
        for (var i = 0; i < 60_000; i++)
        {
            var profile = chance.Next(40_000);
            var behind = stored[profile] = stored.GetValueOrDefault(profile, profile * 10) + 1;
            _notes.Open(Set, profile, behind);
            Assert.That(_notes.Of(profile % 50).Decider is null || behind > (profile * 10) + 1, Is.True);
            Assert.That(_notes.Of((profile % 50) + 1).Decider, Is.Null);
            _notes.Put(profile % 50, Note);
        }
    }

    [Test]
    public void Of_more_versions_than_have_room_the_last_ones_are_noted()
    {
        for (var rank = 0; rank < 100; rank++)
        {
            _notes.Put(rank, Note);
        }

        Assert.That(Enumerable.Range(0, 100).Where(rank => _notes.Of(rank).Decider is not null), Is.EqualTo(Enumerable.Range(84, 16)));
    }
}

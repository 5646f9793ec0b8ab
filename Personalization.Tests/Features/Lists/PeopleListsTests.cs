using System.Text;
using NUnit.Framework;
using Personalization.Features.Domain.Lists;
using Personalization.Features.Endpoints.Lists;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Features.Lists;

/// <summary>What was said of people and lists, and what it comes to.</summary>
internal sealed class PeopleListsTests
{
    private PeopleLists _lists;
    private long _offset;

    [SetUp]
    public void Begin() => (_lists, _offset) = (new PeopleLists(), 0);

    [Test]
    public void Whoever_was_put_on_a_list_is_on_it_until_taken_off()
    {
        _lists.Activate("press", null);
        Say("press", 7, true);
        Say("press", 8, true);
        Say("press", 8, false);

        Assert.That(On("press"), Is.EqualTo(new[] { 7 }));
        Assert.That(_lists.Find("staff"), Is.EqualTo(-1));
    }

    [Test]
    public void A_new_edition_takes_the_place_of_the_old_one_in_one_step_and_none_before_comes_back()
    {
        _lists.Activate("press", null);
        Say("press", 1, true);
        Say("press", 2, true, edition: 10);
        Assert.That(On("press"), Is.EqualTo(new[] { 1 }), "what is written beside does not count yet");

        Assert.That(_lists.Activate("press", 10), Is.True);
        Say("press", 3, true);
        Assert.That(On("press"), Is.EqualTo(new[] { 2 }), "a word about an edition that is over counts no more");
        Assert.That(_lists.Activate("press", 5), Is.False);
        Assert.That(_lists.Activate("press", null), Is.False);
        Assert.That(On("press"), Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void A_deleted_list_has_nobody_on_it_also_when_it_comes_back()
    {
        _lists.Activate("press", null);
        Say("press", 1, true);
        _lists.Delete("press");
        Say("press", 2, true, edition: 5);
        Assert.That((_lists.Find("press"), _lists.Get("press")), Is.EqualTo((-1, (PeopleList?)null)));

        Assert.That(_lists.Activate("press", null), Is.True);
        Assert.That(On("press"), Is.Empty);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Of_profiles_that_merge_the_later_word_counts_whoever_it_was_said_of(bool isLastOn)
    {
        _lists.Activate("press", null);
        Say("press", 1, !isLastOn);
        Say("press", 2, isLastOn);

        _lists.Merge(1, 2);

        Assert.That(On("press"), isLastOn ? Is.EqualTo(new[] { 2 }) : Is.Empty);
        _lists.Forget(2);
        Assert.That(On("press"), Is.Empty);
    }

    [Test]
    public void A_restart_changes_nothing()
    {
        _lists.Activate("press", null);
        _lists.Activate("gone", null);
        _lists.Activate("staff", null);
        Say("press", 1, true);
        Say("gone", 1, true);
        Say("staff", 4_100, true);
        Say("press", 2, true, edition: 9);
        var rows = new CheckpointRows();
        rows.Take(_lists);
        _lists.Delete("gone");
        Say("staff", 1, false);
        rows.Take(_lists);

        var other = new PeopleLists();
        rows.GiveTo(other);

        Assert.That((other.Find("press"), other.Find("gone"), other.Find("staff")), Is.EqualTo((0, -1, 2)));
        Assert.That((On("press", other), On("staff", other)), Is.EqualTo((new[] { 1 }, new[] { 4_100 })));
        other.Activate("press", 9);
        Assert.That(On("press", other), Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void What_is_kept_of_one_person_is_bounded_and_counted()
    {
        for (var i = 0; i <= PersonLists.Max; i++)
        {
            _lists.Activate($"list-{i}", null);
            Say($"list-{i}", 1, true);
        }

        Assert.That(_lists.LeftOut, Is.EqualTo(1));
        Assert.That(On($"list-{PersonLists.Max - 1}"), Is.EqualTo(new[] { 1 }));
        Assert.That(On($"list-{PersonLists.Max}"), Is.Empty);
    }

    [TestCase("""{"userId":"u1"}""", 1)]
    [TestCase("{\"userId\":\"u1\"}\n\n{\"anonymousId\":\"a\"}\r\n", 2)]
    [TestCase("""[{"userId":"u1"}, {"externalId":{"type":"email","id":"a@b.example"}}]""", 2)]
    [TestCase("[]", 0)]
    [TestCase("", 0)]
    public void Members_stand_on_lines_or_in_an_array(string body, int members)
    {
        var read = MemberLines.Read(Encoding.UTF8.GetBytes(body), IdentifierVocabulary.BuiltIn);

        Assert.That(read.Faults, Is.Empty);
        Assert.That(read.Members, Has.Count.EqualTo(members));
    }

    [TestCase("{\"userId\":\"\"}\n{\"userId\":7}\n{}\n{\"userId\":\"a\",\"anonymousId\":\"b\"}\n[\n{\"externalId\":{\"id\":\"7\"}}\n{\"name\":\"x\"}", 7)]
    [TestCase("""[{"userId":"u1"},7,{"userId":null}]""", 2)]
    [TestCase("""[{"userId":"u1"},""", 1)]
    [TestCase("""[{"userId":"u1"}] {"userId":"u2"}""", 1)]
    [TestCase("""[{"externalId":{"type":"crm","id":"7"}}]""", 1)]
    [TestCase("nothing", 1)]
    [TestCase("{\"userId\":\"\\ud800\"}", 1)]
    public void Every_fault_of_an_upload_is_told(string body, int faults) =>
        Assert.That(MemberLines.Read(Encoding.UTF8.GetBytes(body), IdentifierVocabulary.BuiltIn).Faults, Has.Count.EqualTo(faults));

    private void Say(string list, int profileId, bool isOn, long edition = 0) => _lists.Apply(profileId, new ListEntry(list, edition, isOn), _offset++);

    private int[] On(string list, PeopleLists? lists = null)
    {
        var of = (lists ?? _lists).Get(list)!;
        var members = Enumerable.Range(0, of.Members.End).Where(id => (lists ?? _lists).Contains(of.Number, id)).ToArray();
        Assert.That(of.Members.Count, Is.EqualTo(members.Length));
        return members;
    }
}

using NUnit.Framework;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Kernel.Json;

internal sealed class EnumNameTests
{
    [TestCase("Identify", EventType.Identify)]
    [TestCase("identify", EventType.Identify)]
    public void A_value_is_found_by_its_name_in_whatever_case(string name, EventType expected)
    {
        Assert.That(EnumName.TryFind<EventType>(name, out var found), Is.True);
        Assert.That(found, Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("2")]
    [TestCase(" identify")]
    [TestCase("track,identify", Description = "1 and 2 would make 3, which is a page")]
    public void Numbers_and_lists_are_no_names(string name) => Assert.That(EnumName.TryFind<EventType>(name, out _), Is.False);
}

using System.Text;
using NUnit.Framework;
using Personalization.Tracking.Domain;

namespace Personalization.Tests.Tracking;

internal sealed class SharedContextTests
{
    [TestCase("""{"sessionId":"s","ip":"10.0.0.1"}""", """{"sessionId":"s"}""")]
    [TestCase("""{"session\ud800Id":"ann","sessionId":"s"}""", """{"sessionId":"s"}""", Description = "half a surrogate pair is no reason to keep an erasure from its end")]
    [TestCase("""{"conse\udc00nt":{"userId":"ann"}}""", "")]
    public void Only_what_tells_no_person_stays(string context, string expected) =>
        Assert.That(Encoding.UTF8.GetString(SharedContext.WithoutPerson(Encoding.UTF8.GetBytes(context))), Is.EqualTo(expected));
}

using NUnit.Framework;
using Personalization.Tests.Architecture.Reading;
using Personalization.Tests.Architecture.Rules;

namespace Personalization.Tests.Architecture;

/// <summary>Rules that are read from the sources: the compiler drops comments and file names.</summary>
public class HouseHygieneTests
{
    private static readonly IReadOnlyList<SourceFile> CSharp = SourceFile.InRepository(".cs");

    private static readonly SourceFile Careless = SourceFile.Read("Personalization.Tests/Architecture/Planted/Sources/Careless.txt");
    private static readonly SourceFile Careful = SourceFile.Read("Personalization.Tests/Architecture/Planted/Sources/Careful.txt");

    [Test]
    public void The_sources_are_found() => Assert.That(CSharp.Select(file => file.Path), Has.Some.EqualTo("Personalization.Modules/Kernel/Log/LogEntry.cs"));

    [Test]
    public void No_work_is_left_unfinished() => Examined.AssertNone(WorkIsFinished.Check(SourceFile.InRepository(".cs", ".sql", ".ts", ".tsx", ".css", ".html")));

    [Test]
    public void A_mark_of_unfinished_work_is_found() =>
        Examined.AssertExactly(WorkIsFinished.Check([Careless, Careful]), "Careless.txt:5", "Careless.txt:6");

    [Test]
    public void Who_catches_everything_says_why() => Examined.AssertNone(BroadCatchesSayWhy.Check(CSharp));

    [Test]
    public void A_silent_broad_catch_is_found() =>
        Examined.AssertExactly(BroadCatchesSayWhy.Check([Careless, Careful]), "Careless.txt:16", "Careless.txt:25");

    [Test]
    public void Files_are_short() => Examined.AssertNone(FilesAreShort.Check(CSharp));

    [TestCase(400, 0)]
    [TestCase(401, 1)]
    public void A_file_of_more_than_400_lines_is_found(int lines, int violations) =>
        Assert.That(FilesAreShort.Check([new SourceFile("Long.cs", new string[lines])]).Count(), Is.EqualTo(violations));

    [Test]
    public void Who_silences_a_warning_says_why() => Examined.AssertNone(SuppressionsSayWhy.Check(CSharp));

    [Test]
    public void A_silent_suppression_is_found() =>
        Examined.AssertExactly(SuppressionsSayWhy.Check([Careless, Careful]), "Careless.txt:8", "Careless.txt:9");

    [Test]
    public void Namespaces_match_folders() => Examined.AssertNone(NamespacesMatchFolders.Check(CSharp, "Personalization.Modules", "Personalization"));

    [Test]
    public void A_namespace_of_another_folder_is_found()
    {
        var files = new[] { Careless with { Path = "Library/Tracking/Careless.cs" }, Careful with { Path = "Library/Tracking/Domain/Careful.cs" } };

        Examined.AssertExactly(NamespacesMatchFolders.Check(files, "Library", "Personalization"), "Careless.cs");
    }
}

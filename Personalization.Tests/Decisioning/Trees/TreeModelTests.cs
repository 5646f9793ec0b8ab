using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Decisioning.Domain.Trees;

namespace Personalization.Tests.Decisioning.Trees;

public class TreeModelTests
{
    /// <summary>As LightGBM writes them, and short enough to be followed by hand.</summary>
    private const string LightGbm = """
        tree
        version=v4
        num_class=1
        num_tree_per_iteration=1
        label_index=0
        max_feature_idx=2
        objective=binary sigmoid:2
        feature_names=views price category
        feature_infos=[0:10] [0:100] 0:1:2:40
        tree_sizes=1 1

        Tree=0
        num_leaves=3
        num_cat=0
        split_feature=0 1
        split_gain=1 1
        threshold=2.5 10
        decision_type=8 2
        left_child=1 -2
        right_child=-1 -3
        leaf_value=0.5 -0.25 0.125
        is_linear=0
        shrinkage=1


        Tree=1
        num_leaves=2
        num_cat=1
        split_feature=2
        split_gain=1
        threshold=0
        decision_type=1
        left_child=-1
        right_child=-2
        leaf_value=1 -1
        cat_boundaries=0 2
        cat_threshold=5 256
        is_linear=0
        shrinkage=1


        end of trees

        feature_importances:
        views=1
        """;

    private static IEnumerable<string> Models() => Directory.GetFiles(Folder, "xgboost-*.cases.json")
        .Select(file => Path.GetFileName(file)[..^".cases.json".Length]).Order(StringComparer.Ordinal);

    private static string Folder => Path.Combine(TestContext.CurrentContext.TestDirectory, "Decisioning", "Trees", "Vectors");

    [TestCaseSource(nameof(Models))]
    public void A_model_of_the_real_xgboost_predicts_what_it_predicted(string name)
    {
        var model = TreeModelReader.Read(File.ReadAllBytes(Path.Combine(Folder, name + ".json")));
        var cases = JsonElement.Parse(File.ReadAllBytes(Path.Combine(Folder, name + ".cases.json")));
        Assert.That(model.FeatureNames, Is.EqualTo(new[] { "views_7d", "orders_30d", "price", "recency", "share", "category" }));
        Assert.That(cases.GetArrayLength(), Is.EqualTo(60));
        foreach (var one in cases.EnumerateArray())
        {
            double[] features = [.. one.GetProperty("features").EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble())];
            double[] expected = [.. one.GetProperty("prediction").EnumerateArray().Select(value => value.GetDouble())];

            // XGBoost adds up in floats.
            Assert.That(Predict(model, features), Is.EqualTo(expected).Within(1e-5).Percent.Or.EqualTo(expected).Within(2e-6), one.ToString());
        }
    }

    [TestCase(3, 5, 1, 0.5 - 1, Description = "above 2.5; category 1 is in no set")]
    [TestCase(2.5, 10, 0, -0.25 + 1, Description = "at most goes left; 0 and 2 are in the set")]
    [TestCase(0, 10.5, 2, 0.125 + 1)]
    [TestCase(0, 0, 40, -0.25 + 1, Description = "40 is bit 8 of the second word")]
    [TestCase(double.NaN, 0, 40, 0.5 + 1, Description = "missing type NaN without default left goes right")]
    [TestCase(0, double.NaN, 40, -0.25 + 1, Description = "missing type none: as zero")]
    [TestCase(0, 0, 4_000, -0.25 - 1)]
    [TestCase(0, 0, -1, -0.25 - 1)]
    public void A_model_of_LightGBM_is_followed(double views, double price, double category, double sum)
    {
        var model = TreeModelReader.Read(Encoding.UTF8.GetBytes(LightGbm));

        Assert.That(Predict(model, views, price, category), Is.EqualTo(new[] { 1 / (1 + Math.Exp(-2 * sum)) }).Within(1e-12));
        Assert.That((model.Format, model.FeatureNames), Is.EqualTo(("lightgbm", new[] { "views", "price", "category" })));
    }

    [TestCase("", "neither")]
    [TestCase("[]", "neither")]
    [TestCase("{}", "no model as XGBoost")]
    [TestCase("{\"learner\":", "no model as XGBoost")]
    [TestCase("tree\nversion=v4", "cut short")]
    [TestCase("tree\nend of trees\n", "no model as LightGBM")]
    public void A_damaged_file_is_refused(string file, string message)
    {
        Assert.That(() => TreeModelReader.Read(Encoding.UTF8.GetBytes(file)), Throws.TypeOf<TreeModelException>().With.Message.Contains(message));
    }

    [TestCase("left_child=1 -2", "left_child=0 -2", "reached twice")]
    [TestCase("left_child=1 -2", "left_child=77 -2", "does not exist")]
    [TestCase("split_feature=0 1", "split_feature=0 9", "feature that the model does not have")]
    [TestCase("leaf_value=0.5 -0.25 0.125", "leaf_value=NaN -0.25 0.125", "no number")]
    [TestCase("objective=binary sigmoid:2", "objective=custom", "not supported")]
    [TestCase("cat_boundaries=0 2", "cat_boundaries=0 9", "")]
    [TestCase("is_linear=0", "is_linear=1", "linear")]
    public void Trees_that_are_none_are_refused(string was, string becomes, string message)
    {
        var file = LightGbm.Replace(was, becomes, StringComparison.Ordinal);

        Assert.That(file, Is.Not.EqualTo(LightGbm));
        Assert.That(() => TreeModelReader.Read(Encoding.UTF8.GetBytes(file)), Throws.TypeOf<TreeModelException>().With.Message.Contains(message));
    }

    [Test]
    public void A_file_cut_anywhere_is_refused_and_nothing_else()
    {
        var file = File.ReadAllBytes(Path.Combine(Folder, "xgboost-partition.json"));
        for (var length = 0; length < file.Length - 1; length += 97)
        {
            Assert.That(() => TreeModelReader.Read(file.AsSpan(0, length)), Throws.TypeOf<TreeModelException>(), $"{length} bytes");
        }
    }

    private static double[] Predict(TreeModel model, params double[] features)
    {
        var result = new double[model.Outputs];
        model.Predict(features, result);
        return result;
    }
}

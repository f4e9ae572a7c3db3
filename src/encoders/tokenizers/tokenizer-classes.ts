import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import { isJsonNode, shown, type JsonNode } from './json-node.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

/** Classes of transformers 5 whose tokenizer is rebuilt from a vocabulary, with the fields of tokenizer_config.json. */
export const CLASS_NAMES = [
  'Albert',
  'Bert',
  'BigBird',
  'Camembert',
  'Deberta',
  'DebertaV2',
  'GPT2',
  'GPTNeoX',
  'Gemma',
  'Llama',
  'MPNet',
  'Qwen2',
  'Qwen3_5',
  'Roberta',
  'T5',
  'XLMRoberta',
  'XLNet',
] as const;
export type ClassName = (typeof CLASS_NAMES)[number];

const words = (text: string): readonly string[] => text.split(' ');

/** Other names of those classes. */
const ALIASES: Partial<Readonly<Record<ClassName, readonly string[]>>> = {
  Albert: ['FNet'],
  Bert: words('ConvBert DPRContextEncoder DPRQuestionEncoder DPRReader DistilBert Electra LayoutLM Lxmert MobileBert SqueezeBert'),
  Roberta: words('Bart LED Longformer Mvp'),
};

/** Class of each `model_type` if no file names one (TOKENIZER_MAPPING_NAMES of transformers 5.24). */
const CLASS_TYPES: Readonly<Record<ClassName, readonly string[]>> = {
  Albert: words('albert fnet yoso'),
  Bert: words(
    'align bark bert blip bros chinese_clip convbert distilbert dpr electra ernie flava git grounding-dino layoutlm lxmert ' +
      'megatron-bert mm-grounding-dino mobilebert nezha nomic_bert qdqbert realm retribert squeezebert tvp vilt visual_bert',
  ),
  BigBird: ['big_bird'],
  Camembert: ['camembert'],
  Deberta: ['deberta'],
  DebertaV2: ['deberta-v2'],
  GPT2: words('blip-2 codegen dbrx emu3 gpt2 gpt_neo gptj hyperclovax_vision_v2 instructblip instructblipvideo jais2 opt phi starcoder2'),
  GPTNeoX: words('falcon_mamba gpt_neox mamba mamba2 mpt olmo olmoe rwkv xlstm'),
  Gemma: words('diffusion_gemma gemma gemma2 gemma3 gemma3_text gemma3n gemma3n_text recurrent_gemma shieldgemma2 t5gemma zaya'),
  Llama: words('idefics idefics2'),
  MPNet: ['mpnet'],
  Qwen2: words(
    'audioflamingo3 colqwen2 cosmos3_omni dots3_note fun_asr_nano hunyuan_vl internvl lighton_ocr moss_transcribe_diarize ovis2 ' +
      'qianfan_ocr qwen2 qwen2_5_omni qwen2_5_vl qwen2_audio qwen2_moe qwen2_vl qwen3 qwen3_asr qwen3_moe qwen3_next qwen3_omni_moe ' +
      'qwen3_vl qwen3_vl_moe vibevoice',
  ),
  Qwen3_5: words('qwen3_5 qwen3_5_moe qwen3_5_moe_text qwen3_5_text qwen4_exp'),
  Roberta: words('bart bridgetower clap data2vec-text florence2 ibert led lilt longformer mega mra mvp roberta roberta-prelayernorm'),
  T5: words('mt5 musicgen musicgen_melody switch_transformers t5'),
  XLMRoberta: words('gte jina_embeddings_v3 metaclip_2 trocr xlm-roberta xmod'),
  XLNet: ['xlnet'],
};

/** `model_type`s whose tokenizer.json is used unchanged, whatever class their files name. */
const AS_IT_IS_TYPES: ReadonlySet<string> = new Set(
  words(
    'EvollaModel arctic aria beam bigbird_pegasus camembertv2-base canary chatlm cohere_asr ernie4_5 ernie4_5_moe flex_olmo fuyu glm ' +
      'glm4 glm4_moe glm4_moe_lite glm4v glm4v_moe glm_image glmasr got_ocr2 gpt_bigcode ' +
      'gradium_phonon_tts granite granitemoe granitemoehybrid granitemoeshared h2ovl_chat hyperclovax hyperclovax_vlm internlm2 ' +
      'internlm3 iquestcoder jamba kimi_k25 kimi_linear kosmos-2 llava llava_next mimo_v2_flash ' +
      'minicpm3 minicpm_ocr minicpmv minicpmv4_6 minicpmv4_7 minimax_m2 ministral ministral3 mistral mistral3 mistral_large4 mixtral ' +
      'modernbert modernbert-decoder molmo molmo2 nemo_speechlm nemotron nvfp4 nystromformer ' +
      'olmo2 olmo3 olmo_hybrid omniasr opencua openvla paddleocr_vl pegasus_x persimmon phi3 phi3_v phimoe pix2struct pixtral ' +
      'pocket_tts smolvlm stablelm step3_vl umt5 vipllava voxtral voxtral_realtime xlm-roberta-xl',
  ),
);

/** `model_type`s whose own class is used, whatever class their files name (MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS). */
const OWN_CLASS_TYPES: ReadonlySet<string> = new Set(words('qwen2 qwen3_5 qwen3_5_moe qwen3_5_moe_text qwen4_exp hyperclovax_vision_v2'));

/** Unsupported classes: written in Python, or for words with other data (boxes, languages, codes). */
const NOT_FOLLOWED: ReadonlySet<string> = new Set(
  words(
    'Bartpho Barthez BertGeneration BertJapanese BertLegacy Bertweet BioGpt Blenderbot BlenderbotSmall ByT5 CLIP CTRL Canine Clvp ' +
      'CodeGen CodeLlama Cohere Cpm CpmAnt Dia Esm Esmc FSMT FastSpeech2Conformer Flaubert Funnel ' +
      'GPTNeoXJapanese GPTSw3 Herbert Lasr LayoutLMv2 LayoutLMv3 LayoutXLM Luke M2M100 MBart MBart50 MLuke Marian MarkupLM Mgpstr ' +
      'MyT5 Nllb Nougat OpenAIGPT PLBart Pegasus Perceiver Phobert Pop2Piano ProphetNet Rag Reformer ' +
      'RemBert RoCBert RoFormer SeamlessM4T Siglip Siglip2 Speech2Text SpeechT5 Splinter Tapas Tipsv2 Udop VideoPrism Vits ' +
      'Wav2Vec2CTC Wav2Vec2PhonemeCTC Whisper XGLM XLM',
  ),
);

/** `model_type`s of those classes. */
const NOT_FOLLOWED_TYPES: ReadonlySet<string> = new Set(
  words(
    'aimv2 aya_vision barthez bartpho bert-generation bert-japanese bertweet biogpt blenderbot blenderbot-small byt5 canine clip ' +
      'clipseg clvp code_llama cohere cohere2 cpm cpmant ctrl data2vec-audio dia esm esmc esmfold2 ' +
      'flaubert fsmt funnel gpt-sw3 gpt_neox_japanese groupvit herbert hubert lasr_ctc lasr_encoder layoutlmv2 layoutlmv3 layoutxlm ' +
      'luke m2m_100 marian markuplm mbart mbart50 mgp-str mluke myt5 nllb nllb-moe nougat ' +
      'omdet-turbo oneformer openai-gpt owlv2 owlvit pegasus perceiver phobert plbart pp_formulanet prophetnet rag reformer rembert ' +
      'roc_bert roformer sam3 sam3_video seamless_m4t seamless_m4t_v2 siglip siglip2 ' +
      'speech_to_text speecht5 splinter tapas tipsv2 udop unispeech unispeech-sat videoprism vits wav2vec2 wav2vec2-bert ' +
      'wav2vec2-conformer wav2vec2_phoneme whisper xclip xglm xlm',
  ),
);

/** Classes that use a tokenizer.json unchanged. */
const AS_IT_IS: ReadonlySet<string> = new Set(['PreTrained', 'Tokenizers', 'Auto', 'Bloom', 'Parakeet']);

const CLASS_OF_NAME: ReadonlyMap<string, ClassName> = new Map(
  CLASS_NAMES.flatMap((name) => [name, ...(ALIASES[name] ?? [])].map((each) => [each, name] as const)),
);
const CLASS_OF_TYPE: ReadonlyMap<string, ClassName> = new Map(
  CLASS_NAMES.flatMap((name) => CLASS_TYPES[name].map((each) => [each, name] as const)),
);

const ESCAPE = 'If its tokenizer.json is complete, write "tokenizer_class": "PreTrainedTokenizerFast" into its tokenizer_config.json.';

/** The class in the files, without the suffix "Tokenizer" or "TokenizerFast". Throws TOKENIZER if it is not a string. */
export function declaredClass({ folder, tokenizerConfig, config }: TokenizerFiles): string | undefined {
  const [file, declared] = tokenizerConfig['tokenizer_class']
    ? (['tokenizer_config.json', tokenizerConfig['tokenizer_class']] as const)
    : (['config.json', config['tokenizer_class']] as const);
  if (declared === undefined || declared === null || declared === '') return undefined;
  if (typeof declared === 'string') {
    return declared
      .replace(/Fast$/, '')
      .replace(/(?:Tokenizer|TokenizersBackend)$/, (end) => (end === 'TokenizersBackend' ? 'Tokenizers' : ''));
  }
  throw new HarnessError('TOKENIZER', {
    where: `${path.join(folder, file)}: tokenizer_class`,
    what: `Expected a word, got ${shown(declared)}.`,
    hint: ESCAPE,
  });
}

/**
 * The class of a folder with a tokenizer.json, as found by AutoTokenizer of transformers 5; undefined if the file is used unchanged. Throws
 * TOKENIZER for an unsupported class, and if custom code of the folder would have to be run.
 */
export function tokenizerClass(files: TokenizerFiles, json: JsonNode): ClassName | undefined {
  const { folder, tokenizerConfig, config } = files;
  const type = typeof config['model_type'] === 'string' ? config['model_type'] : '';
  const declared = declaredClass(files);
  const registered = CLASS_OF_TYPE.get(type);
  // Custom code is not run, but if it is declared the class applies.
  const code = hasCode(tokenizerConfig);
  const known = (name: string): boolean => CLASS_OF_NAME.has(name) || AS_IT_IS.has(name) || NOT_FOLLOWED.has(name);
  if (
    code &&
    !AS_IT_IS_TYPES.has(type) &&
    registered === undefined &&
    !NOT_FOLLOWED_TYPES.has(type) &&
    !(declared !== undefined && known(declared))
  ) {
    throw new HarnessError('TOKENIZER', {
      where: `${path.join(folder, 'tokenizer_config.json')}: auto_map`,
      what: 'Its tokenizer is custom code, which is not run.',
      hint: ESCAPE,
    });
  }
  if (AS_IT_IS_TYPES.has(type) && !(code && declared !== undefined)) return undefined;
  if (declared === undefined || (OWN_CLASS_TYPES.has(type) && !code)) {
    if (NOT_FOLLOWED_TYPES.has(type)) {
      throw new HarnessError('TOKENIZER', {
        where: folder,
        what: `A ${shown(type)} has its own tokenisation, which is not supported.`,
        hint: ESCAPE,
      });
    }
    return registered;
  }
  if (NOT_FOLLOWED.has(declared)) {
    throw new HarnessError('TOKENIZER', {
      where: folder,
      what: `Its tokenizer_class ${shown(`${declared}Tokenizer`)} has its own behaviour, which is not supported.`,
      hint: ESCAPE,
    });
  }
  const found = CLASS_OF_NAME.get(declared);
  // Llama 3 and similar encoders declare Llama's class, which cannot be the source of their byte-level vocabulary.
  return found === 'Llama' &&
    !code &&
    JSON.stringify([json['normalizer'], json['pre_tokenizer'], json['post_processor'], json['decoder']]).includes('"ByteLevel"')
    ? undefined
    : found;
}

/** Whether tokenizer_config.json declares custom code of the folder. */
function hasCode({ auto_map: map }: JsonNode): boolean {
  return Array.isArray(map) || (isJsonNode(map) && map['AutoTokenizer'] !== undefined && map['AutoTokenizer'] !== null);
}
